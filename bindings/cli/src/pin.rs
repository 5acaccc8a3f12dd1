//! Pinning a country: its anchor comes as a file, and its fingerprint over another channel.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::Args;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde_json::{Value, json};
use vlec::{SignedEvent, TrustAnchor};

use crate::failure::Failure;
use crate::files;
use crate::home::Party;
use crate::kinds::{self, Kind};
use crate::output::{Paint, Style};
use crate::session::{Done, Session};

/// What people have compared.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FingerprintArgs {
    /// The fingerprint as it was received over another channel, in the place of typing it; once for each file
    #[arg(long, value_name = "HEX")]
    pub(crate) fingerprint: Vec<String>,
}

/// Whether an anchor takes the place of another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pinning {
    First,
    Anew,
}

/// An anchor's file is the signed first event of its country.
pub(crate) fn read_anchor(path: &Path, session: &mut Session) -> Done<(SignedEvent, TrustAnchor)> {
    let genesis = files::read_event(path, &kinds::ANCHOR, session)?;
    let anchor = genesis.event().anchor();
    let none = || {
        let name = path.display().to_string();
        kinds::ANCHOR.instead("not-the-anchor", &name, Kind::of_event(&genesis))
    };
    Ok((genesis.clone(), anchor.ok_or_else(none)?))
}

impl FingerprintArgs {
    /// That `shown` is what people have compared: it is given, or typed.
    pub(crate) fn confirm(&self, what: &str, shown: &str, session: &mut Session) -> Done<()> {
        if self.fingerprint.iter().any(|given| plain(given) == plain(shown)) {
            return Ok(());
        }
        if !self.fingerprint.is_empty() {
            let text = format!("the fingerprint of {what} is {shown}, which is not the one given");
            return Err(Failure::new("not-confirmed", text));
        }
        let prompt = format!(
            "The fingerprint of {what} is\n\n    {shown}\n\n\
             Compare it with its owner over another channel, as the telephone, and type it: "
        );
        let typed = ask_word(session, &prompt, "--fingerprint HEX, as it was received over another channel")?;
        match plain(&typed) == plain(shown) {
            true => Ok(()),
            false => {
                Err(Failure::new("not-confirmed", format!("what was typed is not the fingerprint of {what}")))
            }
        }
    }
}

/// Spaces and case do not matter.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != ':').collect::<String>().to_lowercase()
}

/// Asks for a line at the terminal. `instead` is what a script gives.
pub(crate) fn ask_word(session: &mut Session, prompt: &str, instead: &str) -> Done<String> {
    if session.no_input || !session.world.terminals.stdin {
        let text = "this has to be confirmed, and there is nobody to ask";
        return Err(Failure::new("no-terminal", text).remedy(instead));
    }
    session.tell(prompt);
    let mut line = String::new();
    let read = BufReader::new(&mut session.world.stdin).read_line(&mut line);
    read.map_err(|error| Failure::io("read from the terminal", &error))?;
    Ok(line.trim().to_owned())
}

/// A step that cannot be taken back: a word is typed, or `given` stands for it.
pub(crate) fn confirm_word(
    given: bool,
    what: &str,
    word: &str,
    flag: &str,
    session: &mut Session,
) -> Done<()> {
    if given {
        return Ok(());
    }
    let typed = ask_word(session, &format!("{what}\nType {word} to do so: "), flag)?;
    match typed.eq_ignore_ascii_case(word) {
        true => Ok(()),
        false => Err(Failure::new("not-confirmed", format!("{word} was not typed: nothing was changed"))
            .remedy("the same command again, and the word as it stands there")),
    }
}

/// An anchor that people have compared, with its genesis.
pub(crate) struct Confirmed {
    genesis: SignedEvent,
    anchor: TrustAnchor,
}

/// Has every anchor that is named confirmed, before anything is made or changed.
pub(crate) fn confirm_all(
    paths: &[PathBuf],
    fingerprints: &FingerprintArgs,
    session: &mut Session,
) -> Done<Vec<Confirmed>> {
    let mut confirmed = Vec::new();
    for path in paths {
        let (genesis, anchor) = read_anchor(path, session)?;
        let what = format!("{} ({})", anchor.country(), path.display());
        fingerprints.confirm(&what, &anchor.fingerprint(), session)?;
        confirmed.push(Confirmed { genesis, anchor });
    }
    Ok(confirmed)
}

/// Pins every anchor that was confirmed.
pub(crate) fn pin_all(party: &Party, confirmed: &[Confirmed], pinning: Pinning) -> Done<Vec<TrustAnchor>> {
    let pin = |Confirmed { genesis, anchor }: &Confirmed| {
        match pinning {
            Pinning::First => party.pin(genesis, anchor)?,
            Pinning::Anew => party.repin(genesis, anchor)?,
        }
        Ok(*anchor)
    };
    confirmed.iter().map(pin).collect()
}

/// Says what was pinned.
pub(crate) fn report(pinned: &[TrustAnchor], session: &mut Session) {
    let records = pinned.iter().map(anchor_json).collect();
    let line = |anchor: &TrustAnchor| format!("{}  pinned  {}\n", anchor.country(), anchor.fingerprint());
    session.report(&Value::Array(records), |_| pinned.iter().map(line).collect());
}

pub(crate) fn anchor_json(anchor: &TrustAnchor) -> Value {
    json!({
        "country": anchor.country().to_string(), "anchor": anchor.to_string(), "fingerprint": anchor.fingerprint(),
    })
}

/// Speakable, and for a camera where there is a terminal.
pub(crate) fn anchor_text(anchor: &TrustAnchor, paint: Paint, terminal: bool) -> String {
    let mut text = format!("{}\n\n    {}\n", anchor, paint.text(Style::Strong, &anchor.fingerprint()));
    if let (true, Ok(code)) = (terminal, QrCode::new(anchor.to_string())) {
        text.push('\n');
        text.push_str(&code.render::<Dense1x2>().quiet_zone(true).build());
        text.push('\n');
    }
    text
}
