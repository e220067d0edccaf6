//! The whole story, each party a process of its own, and what has to be true after each chapter.

mod program;
mod stage;

use std::fs;

use pki_core::KeyKind;

use crate::Result;
use stage::{Serials, Stage, check, serials};

pub fn run() -> Result<()> {
    let mut stage = Stage::new()?;
    let outcome = tell(&mut stage);
    if outcome.is_err() {
        eprintln!("what there is can be looked at in {}", stage.directory.display());
        return outcome;
    }
    fs::remove_dir_all(&stage.directory)?;
    println!("all as it should be");
    Ok(())
}

fn tell(stage: &mut Stage) -> Result<()> {
    let activation = installation(stage)?;
    let first = three_crashes(stage, &activation)?;
    let renewed = a_year_later(stage, &first)?;
    let replaced = a_key_gets_out(stage, &renewed)?;
    a_profile_changes(stage, &replaced)?;
    stage.chapter("the password of the CA for VPN is in nothing that the device has received");
    stage.check_received()
}

/// What to tell the agent for its activation.
fn installation(stage: &mut Stage) -> Result<[String; 3]> {
    stage.chapter("the service is installed; Jane gets an activation password, and somebody guesses at it");
    let service = stage.serve(0, &[])?;
    let password = stage.once(&["user", "--name", "jane@example.com"])?.pop().ok_or("no password")?;
    let activation = |password: &str| {
        [stage.activation_url(), "--user=jane@example.com".to_owned(), format!("--password={password}")]
    };
    let guess = stage.agent("stranger", 0, &activation("CORRECT-HORSE"))?.finish();
    check(guess.is_err() && stage.attempts()? == 1, "the guess came to nothing, and is counted")?;
    service.kill()?;
    Ok(activation(&password))
}

fn three_crashes(stage: &mut Stage, activation: &[String]) -> Result<Serials> {
    stage
        .chapter("the device is activated and enrols for VPN; the service is killed while its broker waits for the CA");
    let mut service = stage.serve(0, &["--hold", "vpn"])?;
    let mut agent = stage.agent("device", 0, activation)?;
    service.wait_for("scep vpn: the reply is held back")?;
    service.kill()?;
    agent.wait_for("no answer")?;

    stage.chapter(
        "the service is there again and goes on from its record; the device is killed when its challenge is redeemed",
    );
    let mut service = stage.serve(0, &["--hold", "wifi"])?;
    service.wait_for("broker: going on from a record")?;
    service.wait_for("scep wifi: the reply is held back")?;
    agent.kill()?;
    stage.check_challenges(1)?;

    stage.chapter("the device goes on; the service is killed before it replies, and started again");
    let mut agent = stage.agent("device", 0, &[])?;
    agent.wait_for("going on with what was begun")?;
    service.wait_for("the request that redeemed it came again")?;
    service.wait_for("scep wifi: the reply is held back")?;
    service.kill()?;
    agent.wait_for("no answer")?;
    let service = stage.serve(0, &[])?;
    let serials = serials(&agent.finish()?);
    stage.check_challenges(1)?;
    // One for each, however often it was asked for.
    stage.check_issued([1, 1])?;

    stage.chapter("the agent looks again: there is nothing to do");
    let again = stage.device(0)?;
    check(again == serials && again.len() == 3, "the certificates are those from before")?;
    check(stage.keys()? == 3, "there is a key for each, and no other")?;
    service.kill()?;
    Ok(serials)
}

fn a_year_later(stage: &mut Stage, before: &Serials) -> Result<Serials> {
    stage.chapter("340 days later: server certificate, client certificate, and those by SCEP are renewed");
    let former = fs::read_to_string(stage.directory.join("device/client.pem"))?;
    let mut service = stage.start_service(340, &[])?;
    service.wait_for("server certificate issued: the one before ends")?;
    service.wait_for("listening")?;
    let said = stage.agent("device", 340, &[])?.finish()?;
    check(said.iter().any(|line| line.contains("renewed by EST")), "the client certificate is renewed by EST")?;
    let after = serials(&said);
    for name in ["client", "vpn", "wifi"] {
        check(after.contains_key(name) && after.get(name) != before.get(name), &format!("{name} is another"))?;
    }
    // By the certificates that there were, and by no challenge. The one of last year is forgotten.
    stage.check_challenges(0)?;
    stage.check_issued([2, 2])?;
    check(stage.keys()? == 3, "the keys from before are deleted")?;
    check(stage.ask_with(&former, 340)? == 403, "a copy of the former client certificate opens nothing any more")?;
    service.kill()?;
    Ok(after)
}

fn a_key_gets_out(stage: &mut Stage, before: &Serials) -> Result<Serials> {
    stage.chapter(
        "the key for Wi-Fi gets out: its certificate is revoked, and the agent sees the CRL when it next looks",
    );
    let service = stage.serve(342, &[])?;
    let serial = before.get("wifi").ok_or("there is no certificate for Wi-Fi")?;
    stage.once(&["revoke", "--ahead-days", "342", "--serial", serial])?;
    let said = stage.agent("device", 342, &[])?.finish()?;
    check(said.iter().any(|line| line.contains("revoked: keyCompromise")), "the agent has seen the revocation")?;
    let after = serials(&said);
    check_others_stay("wifi", before, &after)?;
    stage.check_challenges(1)?;
    stage.check_issued([3, 2])?;
    service.kill()?;
    Ok(after)
}

fn a_profile_changes(stage: &mut Stage, before: &Serials) -> Result<()> {
    stage.chapter("the profile for VPN asks for longer keys: the broker is asked again");
    let service = stage.serve(342, &[])?;
    stage.once(&["profile", "--id", "vpn", "--rsa-bits", "3072"])?;
    let after = stage.device(342)?;
    check_others_stay("vpn", before, &after)?;
    stage.check_issued([3, 3])?;
    service.kill()?;
    for (name, bits) in [("vpn", 3072), ("wifi", 2048)] {
        let serial = after.get(name).ok_or("there is no certificate")?;
        let key = stage.validated(name, serial, 342)?.public_key().kind();
        check(key == KeyKind::Rsa { bits }, &format!("the certificate for {name} is valid, for a key of {bits} bits"))?;
    }
    Ok(())
}

fn check_others_stay(changed: &str, before: &Serials, after: &Serials) -> Result<()> {
    let stays = |name: &str| after.contains_key(name) && after.get(name) == before.get(name);
    let as_told = ["client", "vpn", "wifi"].into_iter().all(|name| stays(name) != (name == changed));
    check(as_told && after.contains_key(changed), &format!("{changed} is another, and the others stay"))
}
