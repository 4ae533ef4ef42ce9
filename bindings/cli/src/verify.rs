//! `verijot verify`: the claims of an accepted token, or why it is rejected.

use verijot::crypto::CryptoProvider;

use crate::arguments::VerificationArguments;
use crate::indentation::indent;
use crate::output;
use crate::problem::{Ending, Problem};
use crate::rejection::Rejection;
use crate::verification::Verification;

pub(crate) fn run(
    arguments: &VerificationArguments,
    provider: &'static dyn CryptoProvider,
    json: bool,
) -> Result<Ending, Problem> {
    let verification = Verification::prepare(arguments, provider)?;
    let warning = &verification.warning;
    if let (Some(warning), false) = (warning, json) {
        output::complain(&format!("{}: {warning}\n", output::noteworthy("warning")));
    }
    match verification.verify()? {
        Ok(verified) => {
            if output::is_terminal() {
                output::print(&(indent(verified.payload_json()) + "\n"))?;
            } else {
                output::print_exactly(verified.payload())?;
            }
            Ok(Ending::Accepted)
        }
        Err(error) => {
            let mut hints = verification.hints(&error);
            if json {
                // With --json, standard error contains exactly one object.
                hints.extend(warning.map(ToOwned::to_owned));
            }
            let rejection = Rejection::new(&error, hints);
            if json {
                output::complain_json(&rejection);
            } else {
                output::complain(&rejection.to_text());
            }
            Ok(Ending::Rejected)
        }
    }
}
