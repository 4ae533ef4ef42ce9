//! What a place of an application demands beyond a good token.

use verijot::{ClaimPath, Error, Verified};

/// Scopes and roles that a token must grant, all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand {
    scopes: Vec<String>,
    roles: Vec<(ClaimPath, String)>,
}

impl Demand {
    pub(crate) fn add_scopes<S: Into<String>>(&mut self, scopes: impl IntoIterator<Item = S>) {
        self.scopes.extend(scopes.into_iter().map(Into::into));
    }

    pub(crate) fn add_role(&mut self, path: impl Into<ClaimPath>, role: impl Into<String>) {
        self.roles.push((path.into(), role.into()));
    }

    /// [`Error::InsufficientScope`] unless the token grants it.
    pub(crate) fn check(&self, token: &Verified) -> Result<(), Error> {
        if !self.scopes.iter().all(|scope| token.has_scope(scope)) {
            return Err(insufficient(String::from("scope"), self.scopes.clone()));
        }
        match self.roles.iter().find(|(path, role)| !token.has_role(path, role)) {
            Some((path, role)) => Err(insufficient(path.to_string(), vec![role.clone()])),
            None => Ok(()),
        }
    }
}

fn insufficient(claim: String, required: Vec<String>) -> Error {
    Error::InsufficientScope { claim, required, any_of: false }
}
