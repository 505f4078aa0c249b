//! `NumPy` arrays.

use std::io::Write as _;

use super::*;

pub(super) fn npy(kind: &str, order: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let dict = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}");
    let padded = format!("{dict:<117}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend(u16::try_from(padded.len()).unwrap().to_le_bytes());
    bytes.extend(padded.as_bytes());
    bytes.extend(data);
    bytes
}

fn check_npy(bytes: &[u8], expected: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("e.npy");
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    let mut rows = Vec::new();
    let mut sink = |row, vector: &[f32]| -> Result<(), Stopped> {
        rows.push((row, vector.to_vec()));
        Ok(())
    };
    let told = match read_npy(&path, &mut sink, &Silent) {
        Ok(size) => format!("{size:?} {rows:?}"),
        Err(error) => error.to_string().replace(dir.path().to_str().unwrap(), "").replace('/', ""),
    };
    assert_eq!(told, expected);
}

#[test]
fn arrays_of_three_float_types_are_read() {
    let expected = "(2, 2) [(0, [1.0, -0.5]), (1, [0.25, 2.0])]";
    let numbers = [1.0_f32, -0.5, 0.25, 2.0];
    let four: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    check_npy(&npy("<f4", "False", "(2, 2)", &four), expected);
    let big: Vec<u8> = numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
    check_npy(&npy(">f4", "False", "(2, 2)", &big), expected);
    let eight: Vec<u8> = numbers.iter().flat_map(|n| f64::from(*n).to_le_bytes()).collect();
    check_npy(&npy("<f8", "False", "(2, 2)", &eight), expected);
    let two: Vec<u8> = [0x3c00_u16, 0xb800, 0x3400, 0x4000].iter().flat_map(|n| n.to_le_bytes()).collect();
    check_npy(&npy("<f2", "False", "(2, 2)", &two), expected);
    check_npy(&npy("<f4", "False", "(0, 2)", &[]), "(0, 2) []");
}

#[test]
fn other_arrays_are_told() {
    check_npy(
        &npy("<f4", "True", "(1, 2)", &[0; 8]),
        "e.npy: found an array in Fortran order where C order was expected",
    );
    check_npy(
        &npy("<i4", "False", "(1, 2)", &[0; 8]),
        "e.npy: found numbers of the type '<i4' where f16, f32 or f64 was expected",
    );
    check_npy(
        &npy("<f4", "False", "(2,)", &[0; 8]),
        "e.npy: found an array of 1 dimension where two, rows and numbers per vector, was expected",
    );
    check_npy(
        &npy("<f4", "False", "(2, 2)", &[0; 8]),
        "e.npy: found 8 bytes of data where 16 (2 rows of 2 numbers) was expected",
    );
    check_npy(
        &npy("<f4", "False", "(1, 1)", &f32::NAN.to_le_bytes()),
        "e.npy: found NaN at row 0, column 0 (counted from 0) where a finite number was expected",
    );
    check_npy(b"", "e.npy: found nothing where a NumPy array was expected");
    check_npy(
        b"PK\x03\x04 and more",
        "e.npy: found something else (magic not found for NPY file) where a NumPy array was expected",
    );
}
