//! Converts times and durations from and to Python's types, without rounding.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyDateTime, PyDelta, PyDeltaAccess, PyFloat, PyInt, PyString, PyType, PyTzInfo,
};
use verijot::issuer::Now;
use verijot::{NumericDate, UnixTime};

use crate::octets::wrong_type;
use crate::refusal;

/// The time to verify at; by default the system's time.
pub(crate) fn moment(now: Option<&Bound<'_, PyAny>>) -> PyResult<UnixTime> {
    let Some(value) = now else { return Ok(UnixTime::now()) };
    let time = if let Ok(date) = value.cast::<PyDateTime>() {
        if date.getattr("tzinfo")?.is_none() {
            return Err(PyValueError::new_err("now needs a time zone; use datetime.now(UTC)"));
        }
        let since = date.sub(epoch(value.py())?)?;
        of_delta(since.cast::<PyDelta>()?)
    } else if let Ok(text) = value.cast::<PyString>() {
        UnixTime::from_decimal(text.to_str()?)
    } else {
        seconds(value, "now", "int, float, Decimal, str or an aware datetime")?
    };
    time.ok_or_else(|| PyValueError::new_err("now must be a time in seconds since 1970"))
}

/// Converts a moment, in any type that `verify` takes, to nanoseconds since 1970. None for earlier
/// moments.
#[pyfunction]
#[pyo3(signature = (moment, /))]
pub(crate) fn unix_nanoseconds(moment: &Bound<'_, PyAny>) -> PyResult<Option<u64>> {
    let since = self::moment(Some(moment))?.duration_since_epoch();
    Ok(since.map(nanoseconds))
}

/// One reading of two clocks: nanoseconds of a monotonic clock, and nanoseconds since 1970.
pub(crate) fn reading(monotonic: u64, wall: Option<u64>) -> Now {
    let monotonic = Duration::from_nanos(monotonic);
    match wall.map(Duration::from_nanos) {
        Some(wall) => Now::new(monotonic, UnixTime::from_duration_since_epoch(wall)),
        None => monotonic.into(),
    }
}

/// Longer durations than fit become the longest.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A duration of a policy: seconds or a timedelta. Raises InvalidPolicyError.
pub(crate) fn span(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    duration(value, name)?
        .ok_or_else(|| refusal::invalid_policy(value.py(), &format!("{name} {NOT_A_SPAN}")))
}

/// A duration of a setting. Raises InvalidSettingsError.
pub(crate) fn setting(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    duration(value, name)?
        .ok_or_else(|| refusal::invalid_settings(value.py(), &[name.to_owned()], NOT_A_SPAN))
}

pub(crate) fn duration(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Option<Duration>> {
    let time = match value.cast::<PyDelta>() {
        Ok(delta) => of_delta(delta),
        Err(_) => seconds(value, name, "int, float, Decimal or timedelta")?,
    };
    Ok(time.and_then(UnixTime::duration_since_epoch))
}

/// Converts a date to an aware datetime in UTC, rounded down to microseconds. A date outside the
/// range of datetime becomes the earliest or the latest datetime.
pub(crate) fn datetime<'py>(py: Python<'py>, date: NumericDate) -> PyResult<Bound<'py, PyAny>> {
    let seconds = date.seconds();
    let days = seconds.div_euclid(SECONDS_PER_DAY);
    let rest = i32::try_from(seconds.rem_euclid(SECONDS_PER_DAY))?;
    let Ok(days) = i32::try_from(days) else { return end_of_calendar(py, seconds) };
    if days.abs() > MOST_DAYS {
        return end_of_calendar(py, seconds);
    }
    let since = PyDelta::new(py, days, rest, microseconds(date)?, false)?;
    let sum = epoch(py)?.add(since);
    sum.or_else(|_| end_of_calendar(py, seconds))
}

/// Converts a date to seconds since 1970: an int if it is whole, otherwise a float.
pub(crate) fn number<'py>(py: Python<'py>, date: NumericDate) -> PyResult<Bound<'py, PyAny>> {
    let text = date.to_string();
    if text.contains('.') {
        let float =
            text.parse::<f64>().map_err(|error| PyValueError::new_err(error.to_string()))?;
        return Ok(PyFloat::new(py, float).into_any());
    }
    Ok(date.seconds().into_pyobject(py)?.into_any())
}

/// The time this many seconds after the epoch; `None` for NaN, infinity and times out of range.
fn seconds(value: &Bound<'_, PyAny>, name: &str, expected: &str) -> PyResult<Option<UnixTime>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, expected, value));
    }
    if value.is_instance_of::<PyInt>() {
        return Ok(value.extract::<i64>().ok().map(UnixTime::from_seconds));
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return Ok(UnixTime::from_decimal(&format!("{:.9}", float.value())));
    }
    if value.is_instance(DECIMAL.import(value.py(), "decimal", "Decimal")?)? {
        let text = value.call_method1("__format__", ("f",))?.extract::<String>()?;
        return Ok(UnixTime::from_decimal(&text));
    }
    Err(wrong_type(name, expected, value))
}

fn of_delta(delta: &Bound<'_, PyDelta>) -> Option<UnixTime> {
    let days = i64::from(delta.get_days());
    let seconds = days.checked_mul(SECONDS_PER_DAY)?.checked_add(i64::from(delta.get_seconds()))?;
    let whole = i128::from(seconds).checked_mul(1_000_000)?;
    let microseconds = whole.checked_add(i128::from(delta.get_microseconds()))?;
    let sign = if microseconds < 0 { "-" } else { "" };
    let magnitude = microseconds.unsigned_abs();
    let (whole, fraction) = (magnitude.checked_div(1_000_000)?, magnitude.checked_rem(1_000_000)?);
    UnixTime::from_decimal(&format!("{sign}{whole}.{fraction:06}"))
}

/// The microseconds within the second.
fn microseconds(date: NumericDate) -> PyResult<i32> {
    let text = date.to_string();
    let Some((whole, fraction)) = text.split_once('.') else { return Ok(0) };
    let digits = format!("{fraction:0<6}");
    let digits = digits.get(..6).unwrap_or_default();
    let microseconds = digits.parse::<i32>()?;
    // The whole seconds are rounded down; the text of a negative date is not.
    let beyond = fraction.len() > 6;
    Ok(if whole.starts_with('-') && (microseconds > 0 || beyond) {
        1_000_000_i32.saturating_sub(microseconds).saturating_sub(i32::from(beyond))
    } else {
        microseconds
    })
}

fn epoch(py: Python<'_>) -> PyResult<&Bound<'_, PyDateTime>> {
    static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let epoch = EPOCH.get_or_try_init(py, || {
        let utc = PyTzInfo::utc(py)?.to_owned();
        PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
    });
    epoch.map(|epoch| epoch.bind(py))
}

fn end_of_calendar(py: Python<'_>, seconds: i64) -> PyResult<Bound<'_, PyAny>> {
    let end = if seconds < 0 { "min" } else { "max" };
    let naive = epoch(py)?.get_type().getattr(end)?;
    let arguments = pyo3::types::PyDict::new(py);
    arguments.set_item("tzinfo", PyTzInfo::utc(py)?)?;
    naive.call_method("replace", (), Some(&arguments))
}

const SECONDS_PER_DAY: i64 = 86_400;

/// More days than between 1970 and either end of the calendar, and few enough for a timedelta.
const MOST_DAYS: i32 = 4_000_000;
const NOT_A_SPAN: &str = "must be a number of seconds, zero or more";
