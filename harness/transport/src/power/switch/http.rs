//! A switch over HTTP.

use super::{digest, quoted};
use crate::budget::Budget;
use crate::lan::http::Client;
use crate::net::Host;
use proofhouse_model::Bytes;
use proofhouse_model::observation::HttpAnswer;
use proofhouse_model::op::HttpOp;
use proofhouse_model::switch::{Auth, Form, Http, Request, Seen, Spoken, State, Values};

/// Requests to one switch, each on a connection of its own.
pub(super) struct Talk<'a> {
    http: &'a Http,
    client: Client,
    values: &'a Values,
}

impl<'a> Talk<'a> {
    pub(super) fn new(http: &'a Http, host: &Host, values: &'a Values) -> Self {
        Self {
            http,
            client: Client::new(host.clone()),
            values,
        }
    }

    /// The body of the answer to a request that was understood.
    fn call(&self, request: &Request, budget: &Budget) -> Result<Vec<u8>, String> {
        let op = self.op(request, budget)?;
        let has_password = !self.values.password.is_empty();
        let mut answer = match self.http.auth {
            Auth::Basic if has_password => {
                let header = digest::basic(&self.values.user, &self.values.password);
                self.exchange(with(op.clone(), header), budget)?
            }
            _ => self.exchange(op.clone(), budget)?,
        };
        if self.http.auth == Auth::Digest
            && has_password
            && answer.status == Some(401)
            && let Some(header) = digest::answer(&answer.headers, &op, self.values)?
        {
            answer = self.exchange(with(op.clone(), header), budget)?;
        }
        self.understood(&op, &answer)?;
        Ok(answer.body.to_vec())
    }

    fn op(&self, request: &Request, budget: &Budget) -> Result<HttpOp, String> {
        let Request::Http {
            method,
            path,
            body,
            content_type,
        } = request
        else {
            return Err("has a model that sends something else than HTTP".to_owned());
        };
        let (method, path, kind, body) = if path.has_told() {
            let request = path.fill(self.values, Form::Url);
            let spoken = Spoken::parse(&request);
            let spoken = spoken.ok_or("has a request in the bench file that is none")?;
            (
                spoken.method.to_owned(),
                spoken.path.to_owned(),
                spoken.content_type().map(str::to_owned),
                spoken.body.unwrap_or_default().to_owned(),
            )
        } else {
            let form = match content_type {
                Some(kind) if kind.contains("json") => Form::Json,
                Some(kind) if kind.contains("urlencoded") => Form::Url,
                _ => Form::Plain,
            };
            let body = body.as_ref().map(|body| body.fill(self.values, form));
            (
                method.clone(),
                path.fill(self.values, Form::Url),
                content_type.clone(),
                body.unwrap_or_default(),
            )
        };
        let kind = kind.map(|kind| ("Content-Type".to_owned(), kind));
        Ok(HttpOp {
            method,
            port: self.values.port,
            tls: self.http.tls,
            path,
            headers: kind.into_iter().collect(),
            body: Bytes::from(body.into_bytes()),
            session: 0,
            within: budget.given(),
            leaves: None,
        })
    }

    fn exchange(&self, op: HttpOp, budget: &Budget) -> Result<HttpAnswer, String> {
        let answer = self.client.exchange(&op, budget);
        answer.map_err(|t| format!("cannot be asked: {}", t.what))
    }

    fn understood(&self, op: &HttpOp, answer: &HttpAnswer) -> Result<(), String> {
        let body = String::from_utf8_lossy(&answer.body);
        let refuses = || match self.values.password.is_empty() {
            true => {
                Err("asks for a password: write `user` and `password` in the bench file".to_owned())
            }
            false => Err(format!(
                "refuses the password of `{}`",
                self.values.user.escape_debug()
            )),
        };
        match answer.status {
            Some(401 | 403) => refuses(),
            _ if self.http.refused.iter().any(|said| body.contains(said)) => refuses(),
            Some(200..=299) => Ok(()),
            None => Err("answers with no HTTP".to_owned()),
            Some(status) => {
                // The query may hold a password.
                let (method, path) = (&op.method, op.path.split('?').next().unwrap_or("/"));
                let said = quoted(&answer.body);
                Err(format!(
                    "answers {method} {path} with status {status}: {said}"
                ))
            }
        }
    }
}

fn with(mut op: HttpOp, authorization: String) -> HttpOp {
    op.headers.push(("Authorization".to_owned(), authorization));
    op
}

impl super::Talk for Talk<'_> {
    fn tell(&mut self, request: &Request, budget: &Budget) -> Result<(), String> {
        self.call(request, budget).map(drop)
    }

    fn ask(&mut self, state: &State, budget: &Budget) -> Result<bool, String> {
        let body = self.call(&state.ask, budget)?;
        match state.seen(&body, true, self.values) {
            Seen::Is(on) => Ok(on),
            Seen::Odd(why) => Err(format!("cannot be read back: the answer {why}")),
            Seen::More => Err("cannot be read back: the answer breaks off".to_owned()),
        }
    }
}
