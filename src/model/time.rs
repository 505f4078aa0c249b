//! Time: milliseconds since the epoch, UTC; RFC 3339 outside.

use jiff::tz::TimeZone;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// `2026-01-31T10:00:00.000Z`, always with three decimals so that equal times are equal bytes.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0).map_or_else(
            |_| String::from("0000-00-00T00:00:00.000Z"),
            |t| t.to_zoned_datetime(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        )
    }

    /// Reads an RFC 3339 time with an offset or `Z`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let time: jiff::Timestamp = text.parse().ok()?;
        Some(Self(time.as_millisecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_time_survives_the_way_out_and_in() {
        let text = "2026-01-31T10:00:00.250Z";
        let time = Timestamp::parse(text).map(Timestamp::to_rfc3339);
        assert_eq!(time.as_deref(), Some(text));
    }
}
