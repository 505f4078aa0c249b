//! `NumPy` arrays of vectors, read row by row.

use std::io::{BufReader, Read, Seek};
use std::path::Path;

use npyz::{DType, NpyHeader, Order};

use super::error::{Kind, ReadError};
use super::source::open;
use crate::progress::{Cancelled, Progress};

/// About how many bytes are read at once.
const CHUNK: usize = 1 << 20;

/// Receives rows with their 0-based index.
type Sink<'a, E> = dyn FnMut(usize, &[f32]) -> Result<(), E> + 'a;

/// How a number is stored: bytes, and whether the last is the highest.
#[derive(Clone, Copy)]
struct Number {
    size: usize,
    little: bool,
}

/// Reads a two-dimensional array of f16, f32 or f64 in C order and hands each row to `sink` as f32, with its
/// 0-based index. Gives rows and dimensions. Progress is in bytes.
///
/// # Errors
/// [`ReadError`] for another array, a file of another length than its header says, and NaN or infinity (after
/// narrowing to f32); [`Cancelled`] from `progress`; whatever `sink` says.
pub fn read_npy<E>(path: &Path, sink: &mut Sink<'_, E>, progress: &dyn Progress) -> Result<(usize, usize), E>
where
    E: From<ReadError> + From<Cancelled>,
{
    let (file, total) = open(path)?;
    let mut input = BufReader::with_capacity(CHUNK, file);
    let place = |error: ReadError| error.placed(path, None);
    let (number, rows, dims) = header(&mut input, total).map_err(place)?;
    let start = input.stream_position().map_err(|error| ReadError::io(path, &error))?;
    length(total - start.min(total), number, rows, dims).map_err(place)?;
    let width = dims * number.size;
    let per_chunk = (CHUNK / width).clamp(1, rows.max(1));
    let mut bytes = vec![0_u8; per_chunk * width];
    let mut floats = vec![0_f32; per_chunk * dims];
    let mut row = 0;
    while row < rows {
        let count = per_chunk.min(rows - row);
        let bytes = &mut bytes[..count * width];
        input.read_exact(bytes).map_err(|error| ReadError::io(path, &error))?;
        let floats = &mut floats[..count * dims];
        decode(number, bytes, floats);
        for vector in floats.chunks_exact(dims) {
            if let Some(at) = vector.iter().position(|number| !number.is_finite()) {
                return Err(place(not_finite(row, at, vector)).into());
            }
            sink(row, vector)?;
            row += 1;
        }
        progress.at(start + (row * width) as u64, total)?;
    }
    Ok((rows, dims))
}

/// The longest header that is read, in bytes; that of an array of floats takes 128.
const HEADER: usize = 2_000;
/// How many brackets a header may have inside each other.
const DEPTH: usize = 16;

/// What is wrong with a header that npyz would not survive: one of endless length or nesting, or a shape of more
/// numbers than there are.
fn monstrous(head: &[u8]) -> Option<&'static str> {
    let length = match head.strip_prefix(b"\x93NUMPY")?.get(..6)? {
        [1, _, low, high, ..] => usize::from(u16::from_le_bytes([*low, *high])),
        [_, _, rest @ ..] => u32::from_le_bytes(rest.try_into().ok()?) as usize,
        _ => return None,
    };
    if length > HEADER {
        return Some("its header is too long");
    }
    let (mut depth, mut numbers) = (0_usize, Some(1_u64));
    for byte in head {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return Some("its header has too many brackets");
        }
    }
    let words = String::from_utf8_lossy(head);
    let shape = words.split_once("shape").and_then(|(_, rest)| rest.split_once('('))?.1.split(')').next()?;
    for number in shape.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()) {
        numbers = numbers.zip(number.parse().ok()).and_then(|(all, number)| all.checked_mul(number));
    }
    numbers.is_none().then_some("its shape is of more numbers than there are")
}

fn header(input: &mut (impl Read + Seek), total: u64) -> Result<(Number, usize, usize), ReadError> {
    if total == 0 {
        return Err(ReadError::new(Kind::Empty, "nothing", "a NumPy array")
            .with_hint("check that the program that wrote the file had finished"));
    }
    let not_npy = |reason: &str| {
        ReadError::new(Kind::NotNpy, format!("something else ({reason})"), "a NumPy array")
            .with_hint("write it with numpy.save('embeddings.npy', array)")
    };
    let mut head = Vec::new();
    let read = input.take(HEADER as u64 + 12).read_to_end(&mut head).and_then(|_| input.rewind());
    read.map_err(|error| ReadError::of_io(&error))?;
    // What follows the header is data, which may hold any byte.
    let end = head.iter().position(|byte| *byte == b'\n').map_or(head.len(), |at| at + 1);
    if let Some(why) = monstrous(head.get(..end).unwrap_or_default()) {
        return Err(not_npy(why));
    }
    // The limit keeps a broken header from asking for gigabytes.
    let header = NpyHeader::from_reader(input.take(1 << 20))
        .map_err(|error| not_npy(&super::error::harmless(&error.to_string())))?;
    let number = number(&header.dtype())?;
    if header.order() == Order::Fortran {
        return Err(ReadError::new(Kind::FortranOrder, "an array in Fortran order", "C order")
            .with_hint("numpy.save('embeddings.npy', numpy.ascontiguousarray(array))"));
    }
    let &[rows, dims] = header.shape() else {
        let found = match header.shape().len() {
            1 => "an array of 1 dimension".to_owned(),
            n => format!("an array of {n} dimensions"),
        };
        return Err(ReadError::new(Kind::NpyShape, found, "two, rows and numbers per vector,")
            .with_hint("numpy.save('embeddings.npy', array.reshape(rows, -1))"));
    };
    match (usize::try_from(rows), usize::try_from(dims)) {
        (Ok(rows), Ok(dims)) if dims > 0 => Ok((number, rows, dims)),
        _ => Err(ReadError::new(Kind::NpyShape, format!("{rows} rows of {dims} numbers"), "vectors")
            .with_hint("each vector needs at least one number")),
    }
}

fn number(dtype: &DType) -> Result<Number, ReadError> {
    let told = match dtype {
        DType::Plain(kind) => kind.to_string(),
        other => other.descr(),
    };
    let little = !told.starts_with('>');
    match told.get(1..) {
        Some("f2") => Ok(Number { size: 2, little }),
        Some("f4") => Ok(Number { size: 4, little }),
        Some("f8") => Ok(Number { size: 8, little }),
        _ => {
            let found = format!("numbers of the type {}", super::error::quoted(&told));
            Err(ReadError::new(Kind::NpyType, found, "f16, f32 or f64")
                .with_hint("numpy.save('embeddings.npy', array.astype('float32'))"))
        }
    }
}

fn length(there: u64, number: Number, rows: usize, dims: usize) -> Result<(), ReadError> {
    let wanted = rows.checked_mul(dims).and_then(|n| n.checked_mul(number.size));
    if wanted.and_then(|wanted| u64::try_from(wanted).ok()) == Some(there) {
        return Ok(());
    }
    let wanted = wanted.map_or_else(|| "more than memory".to_owned(), |wanted| wanted.to_string());
    let expected = format!("{wanted} ({rows} rows of {dims} numbers)");
    Err(ReadError::new(Kind::NpyLength, format!("{there} bytes of data"), expected)
        .with_hint("the file was cut off or is still being written: save it again"))
}

#[expect(clippy::cast_possible_truncation, reason = "vectors are f32")]
fn decode(number: Number, bytes: &[u8], floats: &mut [f32]) {
    if number.size == 4 && number.little == cfg!(target_endian = "little") {
        bytemuck::cast_slice_mut::<f32, u8>(floats).copy_from_slice(bytes);
        return;
    }
    for (bytes, float) in bytes.chunks_exact(number.size).zip(floats) {
        let mut wide = [0_u8; 8];
        wide[..number.size].copy_from_slice(bytes);
        if !number.little {
            wide[..number.size].reverse();
        }
        let bits = u64::from_le_bytes(wide);
        *float = match number.size {
            2 => half(bits as u16),
            4 => f32::from_bits(bits as u32),
            _ => f64::from_bits(bits) as f32,
        };
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 31);
    let fraction = f32::from(bits & 1023);
    sign * match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    }
}

fn not_finite(row: usize, at: usize, vector: &[f32]) -> ReadError {
    let number = vector.get(at).copied().unwrap_or(f32::NAN);
    let name = if number.is_nan() { "NaN" } else { "infinity" };
    ReadError::new(Kind::NotFinite, format!("{name} at row {row}, column {at} (counted from 0)"), "a finite number")
        .with_hint("an empty text often gives NaN; numpy.nan_to_num(array), or embed the row again")
}
