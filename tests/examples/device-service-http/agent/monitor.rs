//! All that is due now.

use mdm_proto::lifecycle::{CertificateId, EnrolReason, Event, Outcome, Output, Proof, Task};

use super::{Agent, CLIENT, record::UnderWay};
use crate::Result;

impl Agent {
    /// Polls the monitor until there is nothing to do.
    pub(super) fn watch(&mut self) -> Result<()> {
        loop {
            match self.record.monitor.poll(self.clock.now()) {
                Output::Event(event) => self.handle(event)?,
                Output::Wait(until) => {
                    let until = until.map_or_else(|| "somebody says so".to_owned(), |until| until.to_string());
                    println!("nothing to do until {until}");
                    return self.save();
                }
            }
        }
    }

    /// The record is saved with what follows from an event, not before: an event is told once.
    fn handle(&mut self, event: Event) -> Result<()> {
        match event {
            Event::RenewalDue { id: CLIENT, .. } => {
                println!("client certificate: renewal is due");
                self.renew_client()
            }
            Event::EnrolmentDue { id: CLIENT, reason, .. } => {
                Err(format!("the device has to be activated anew: {reason:?}").into())
            }
            Event::EnrolmentDue { id, reason, .. } => {
                let profile = self.record.profile(id)?;
                let reason = match reason {
                    EnrolReason::Profile(trigger) => trigger.to_string(),
                    reason => format!("{reason:?}"),
                };
                println!("profile {profile}: enrolment is due, {reason}");
                self.begin(&profile, UnderWay::Enrolment)
            }
            Event::RenewalDue { id, proof, .. } => {
                let profile = self.record.profile(id)?;
                println!("profile {profile}: renewal is due, by {proof:?}");
                let by_certificate = proof == Proof::Certificate;
                self.begin(&profile, if by_certificate { UnderWay::Renewal } else { UnderWay::Enrolment })
            }
            Event::Revoked { id, task: Task::ReplaceKey { .. } } => {
                let profile = self.record.profile(id)?;
                println!("profile {profile}: the key is not to be used any more");
                // Noted before the key is deleted, and begun after.
                self.record.under_way.insert(profile.clone(), UnderWay::Enrolment);
                self.remove_key(&profile)?;
                self.begin(&profile, UnderWay::Enrolment)
            }
            Event::Todo { id, task } => self.handle_task(id, task),
            event => {
                println!("to be looked at by a person: {event:?}");
                self.save()
            }
        }
    }

    fn handle_task(&mut self, id: CertificateId, task: Task) -> Result<()> {
        match task {
            Task::CheckRevocation => {
                let profile = self.record.profile(id)?;
                self.check_revocation(&profile).map(drop)
            }
            // Those of the client certificate went when the new one was accepted.
            Task::DeletePredecessor if id == CLIENT => self.save(),
            Task::DeletePredecessor => {
                println!("profile {}: the former certificate and key are deleted", self.record.profile(id)?);
                self.execute_steps()
            }
            // Every request gets a challenge of its own, and every dialogue asks the CA for its certificates.
            Task::AskForChallenge | Task::RefreshAuthority(_) => {
                self.record.monitor.resolve(id, Outcome::Prepared, self.clock.now())?;
                self.save()
            }
            task => {
                println!("to be looked at by a person: {task:?}");
                self.save()
            }
        }
    }
}
