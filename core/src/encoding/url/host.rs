//! The host in a URL, and where it can be reached from.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host by name or address, without its port.
#[derive(Clone, Copy)]
pub(crate) struct Host<'u> {
    text: &'u str,
    address: Option<IpAddr>,
}

/// Where a host can be reached from, as far as its address or name says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Anywhere,
    /// From its own network: private and link-local addresses.
    Network,
    /// From its own machine.
    Loopback,
}

impl<'u> Host<'u> {
    /// Reads the host of an authority without a user name. Its port must be a number.
    pub(super) fn of_authority(authority: &'u str) -> Result<Self, &'static str> {
        let (text, port, is_bracketed) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']').ok_or(NO_HOST)?;
                (address, port, true)
            }
            None => {
                let end = authority.find(':').unwrap_or(authority.len());
                let (text, port) = authority.split_at_checked(end).ok_or(NO_HOST)?;
                (text, port, false)
            }
        };
        let port_is_good = match port.strip_prefix(':') {
            Some(digits) => digits.parse::<u16>().is_ok() && !digits.starts_with('+'),
            None => port.is_empty(),
        };
        if text.is_empty() || !port_is_good {
            return Err(NO_HOST);
        }
        let address = if is_bracketed {
            Some(IpAddr::V6(text.parse().map_err(|_| NO_HOST)?))
        } else {
            text.parse().ok().map(IpAddr::V4)
        };
        if address.is_none() && ends_in_number(text) {
            // Some parsers read 127.1, 0x7f000001 and 2130706433 as 127.0.0.1.
            return Err("its host is a number in an unusual notation");
        }
        Ok(Self { text, address })
    }

    pub(crate) const fn text(self) -> &'u str {
        self.text
    }

    pub(crate) fn reach(self) -> Reach {
        match self.address {
            Some(IpAddr::V4(address)) => reach_of_v4(address),
            Some(IpAddr::V6(address)) => reach_of_v6(address),
            None => {
                let name = self.text.trim_end_matches('.');
                let last = name.rsplit('.').next().unwrap_or_default();
                if last.eq_ignore_ascii_case("localhost") {
                    Reach::Loopback
                } else {
                    Reach::Anywhere
                }
            }
        }
    }
}

/// RFC 1122 §3.2.1.3, RFC 1918 §3, RFC 3927, RFC 6598.
fn reach_of_v4(address: Ipv4Addr) -> Reach {
    let [first, second, ..] = address.octets();
    if address.is_loopback() || first == 0 {
        Reach::Loopback
    } else if address.is_private()
        || address.is_link_local()
        || (first == 100 && second & 0xc0 == 64)
    {
        Reach::Network
    } else {
        Reach::Anywhere
    }
}

/// RFC 4291 §2.5, RFC 4193.
fn reach_of_v6(address: Ipv6Addr) -> Reach {
    if address.is_loopback() || address.is_unspecified() {
        return Reach::Loopback;
    }
    if let Some(address) = address.to_ipv4_mapped() {
        return reach_of_v4(address);
    }
    let [first, ..] = address.segments();
    if first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80 {
        Reach::Network
    } else {
        Reach::Anywhere
    }
}

/// Whether a URL parser could read the host as an IPv4 address.
fn ends_in_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").or(last.strip_prefix("0X"));
    let is_decimal = !last.is_empty() && last.bytes().all(|octet| octet.is_ascii_digit());
    is_decimal
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()))
}

const NO_HOST: &str = "it has no valid host";
