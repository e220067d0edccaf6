//! A device comes with a password: each attempt is counted before it is answered.

use getrandom::SysRng;
use mdm_proto::{
    activation::password::{Activated, ActivationRecord, Attempt, Confirmed, Opened, Received, Standing},
    identity::DeviceId,
};
use pki_core::crypto::rustcrypto::{PROVIDER, Random};

use super::{Reply, Service, database::Kind};
use crate::Result;

impl Service {
    pub(super) fn activate(&self, message: &[u8]) -> Result<Reply> {
        let received = match self.activation.receive(message) {
            Ok(received) => received,
            Err(error) => return Ok(Reply::refusal(400, &error)),
        };
        let user = received.user().as_str().to_owned();
        loop {
            let (now, old) = (self.clock.now(), self.database.load(Kind::Activation, user.as_bytes())?);
            let record = old.as_deref().map(ActivationRecord::from_der).transpose()?;
            let record = record.as_ref();
            let unwritten = match &received {
                Received::Hello(hello) => return Ok(Reply::octets(hello.answer(record))),
                Received::Attempt(attempt) => match attempt.count(record, now, &mut Random(SysRng))? {
                    Attempt::Counted(unwritten) => unwritten,
                    Attempt::Decoy(why, reply) => {
                        println!("activation of {user}: a decoy, {why:?}");
                        return Ok(Reply::octets(reply));
                    }
                    Attempt::Repeated(reply) => return Ok(Reply::octets(reply)),
                    attempt => return Err(format!("what came later than this program: {attempt:?}").into()),
                },
                Received::Request(request) => match request.open(record, now) {
                    Ok(Opened::Confirmed(confirmed)) => confirmed.issue(&self.first_certificate(&confirmed)?, now)?,
                    Ok(Opened::Answered(reply)) => return Ok(Reply::octets(reply)),
                    Ok(opened) => return Err(format!("what came later than this program: {opened:?}").into()),
                    Err(refusal) => {
                        println!("activation of {user}: {}", refusal.cause);
                        return Ok(Reply::octets(refusal.reply));
                    }
                },
                received => return Err(format!("what came later than this program: {received:?}").into()),
            };
            if self.database.replace(Kind::Activation, user.as_bytes(), old.as_deref(), &unwritten.record().to_der())? {
                match unwritten.record().standing(now) {
                    Standing::Open { attempts_left } => {
                        println!("activation of {user}: {attempts_left} attempts are left")
                    }
                    Standing::Activated { device, .. } => println!("activation of {user}: done, by {device}"),
                    standing => println!("activation of {user}: {standing:?}"),
                }
                return Ok(Reply::octets(unwritten.written()));
            }
        }
    }

    /// The certificate of the user's device: once, however often the service stops in between.
    fn first_certificate(&self, confirmed: &Confirmed) -> Result<Activated> {
        let device = self.database.find(Kind::User, confirmed.user().as_str().as_bytes())?;
        let device = DeviceId::from_text(str::from_utf8(&device)?)?;
        let installation = self.installation()?;
        let clients = self.clients(&installation);
        let certificate =
            self.certify(&device, |record, issuance| clients.enrol(confirmed.csr(), record, issuance))??;
        let mut chain = installation.client_chain(&certificate, &PROVIDER);
        let (certificate, mut roots) = (chain.remove(0), installation.roots());
        let activated = Activated::new(certificate, roots.remove(0), &self.url).with_chain(chain);
        Ok(roots.into_iter().fold(activated, Activated::add_root))
    }
}
