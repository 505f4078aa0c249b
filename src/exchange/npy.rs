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

fn header(input: &mut impl Read, total: u64) -> Result<(Number, usize, usize), ReadError> {
    if total == 0 {
        return Err(ReadError::empty());
    }
    let not_npy = |reason: &str| {
        ReadError::new(Kind::NotNpy, format!("something else ({reason})"), "a NumPy array")
            .with_hint("write it with numpy.save('embeddings.npy', array)")
    };
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
