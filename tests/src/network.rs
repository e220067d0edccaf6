//! [`Network`]: what lies between client and server, and what it does to what passes.

use std::{collections::VecDeque, time::Duration};

use scep::http::{HttpRequest, HttpResponse, Method};

use crate::{Clock, TestRandom};

/// What happens to one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    Deliver,
    /// The request is lost.
    DropRequest,
    /// The request arrives, the reply is lost.
    DropReply,
    /// The request arrives twice; the client gets the second reply.
    DuplicateRequest,
    /// The client gets the reply to an earlier exchange, so many before this one, in place of its own.
    Reorder(usize),
    /// One octet of the request is changed: at this place of its body or query, by this pattern.
    CorruptRequest(usize, u8),
    /// One octet of the reply is changed.
    CorruptReply(usize, u8),
    /// The request ends early.
    TruncateRequest(usize),
    /// The reply ends early.
    TruncateReply(usize),
    /// The reply takes long.
    Delay(Duration),
}

/// A scripted network: one [`Fault`] for each exchange in turn, and none when the script is over.
#[derive(Clone, Debug, Default)]
pub struct Network {
    script: VecDeque<Fault>,
    log: Vec<(HttpRequest, HttpResponse)>,
}

impl Fault {
    /// Any of them, anywhere.
    pub fn random(rng: &mut TestRandom) -> Self {
        let pattern = u8::try_from(1 + rng.below(255)).expect("an octet");
        match rng.below(11) {
            0 => Self::DropRequest,
            1 => Self::DropReply,
            2 => Self::DuplicateRequest,
            3 => Self::Reorder(1 + rng.below(3)),
            4 => Self::CorruptRequest(rng.below(3000), pattern),
            5 => Self::CorruptReply(rng.below(3000), pattern),
            6 => Self::TruncateRequest(rng.below(2000)),
            7 => Self::TruncateReply(rng.below(2000)),
            8 => Self::Delay(Duration::from_secs(rng.next_u64() % 100_000)),
            _ => Self::Deliver,
        }
    }
}

impl Network {
    /// With this in store.
    pub fn with_script(script: impl IntoIterator<Item = Fault>) -> Self {
        Self { script: script.into_iter().collect(), log: Vec::new() }
    }

    /// Puts more in store.
    pub fn then(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.script.extend(faults);
    }

    /// All that was exchanged: what the server got, and what it answered.
    #[must_use]
    pub fn log(&self) -> &[(HttpRequest, HttpResponse)] {
        &self.log
    }

    /// One exchange. `None` is a time-out, for which the clock has moved on.
    pub fn exchange(
        &mut self,
        request: &HttpRequest,
        clock: &mut Clock,
        mut serve: impl FnMut(&HttpRequest, &Clock) -> HttpResponse,
    ) -> Option<HttpResponse> {
        let fault = self.script.pop_front().unwrap_or(Fault::Deliver);
        let mut request = request.clone();
        match fault {
            Fault::DropRequest => {
                clock.advance(TIME_OUT);
                return None;
            }
            Fault::CorruptRequest(place, pattern) => change(&mut request, |body| corrupt(body, place, pattern)),
            Fault::TruncateRequest(length) => change(&mut request, |body| body.truncate(length)),
            _ => {}
        }
        if fault == Fault::DuplicateRequest {
            let first = serve(&request, clock);
            self.log.push((request.clone(), first));
        }
        let mut reply = serve(&request, clock);
        self.log.push((request, reply.clone()));
        match fault {
            Fault::DropReply => {
                clock.advance(TIME_OUT);
                return None;
            }
            Fault::CorruptReply(place, pattern) => corrupt(&mut reply.body, place, pattern),
            Fault::TruncateReply(length) => reply.body.truncate(length),
            Fault::Reorder(back) => {
                let earlier = self.log.len().checked_sub(1 + back).and_then(|index| self.log.get(index));
                reply = earlier.map(|(_, reply)| reply.clone())?;
            }
            Fault::Delay(duration) => clock.advance(duration),
            _ => {}
        }
        Some(reply)
    }
}

fn change(request: &mut HttpRequest, change: impl Fn(&mut Vec<u8>)) {
    match request.method {
        Method::Post => change(&mut request.body),
        Method::Get => {
            let mut query = std::mem::take(&mut request.query).into_bytes();
            change(&mut query);
            request.query = String::from_utf8_lossy(&query).into_owned();
        }
    }
}

fn corrupt(bytes: &mut [u8], place: usize, pattern: u8) {
    if let Some(place) = place.checked_rem(bytes.len()) {
        bytes[place] ^= pattern;
    }
}

/// After which a client stops waiting for a reply.
const TIME_OUT: Duration = Duration::from_secs(30);
