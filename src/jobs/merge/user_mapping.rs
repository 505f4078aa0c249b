//! Who of the other file is who of this one.

use std::collections::BTreeMap;

use super::{Merge, MergeReport};
use crate::jobs::{JobContext, JobError};
use crate::model::{Role, User, UserId};
use crate::store::Store;
use crate::text::{names, one_line};

/// Our user for each of theirs who is brought; and their names.
pub(super) type UserMapping = BTreeMap<UserId, UserId>;

/// Matches by identity, then by name while one of the two holds no answers. Whoever holds something and is not here is
/// made, as an annotator.
pub(super) fn map(
    ours: &mut dyn Store,
    theirs: &mut dyn Store,
    (merge, by): (&Merge, Option<UserId>),
    given: &mut JobContext<'_>,
    report: &mut MergeReport,
) -> Result<UserMapping, JobError> {
    let known = ours.users()?;
    let aliases: BTreeMap<_, _> = ours.aliases()?.into_iter().map(|(uid, user)| (uid.0, user)).collect();
    let mut people = UserMapping::new();
    let mut unclear = Vec::new();
    let all = theirs.users()?;
    let unknown = merge.map_user.keys().find(|name| !all.iter().any(|user| user.name == **name));
    if let Some(name) = unknown {
        return Err(JobError::refused(
            format!("there is no user '{}' in '{}'", one_line(name), one_line(&merge.name)),
            format!("it has: {}", list(&all)),
        ));
    }
    for user in all {
        if merge.only.is_some_and(|only| only != user.id) {
            continue;
        }
        let name = merge.map_user.get(&user.name).unwrap_or(&user.name);
        let by_uid = known.iter().find(|known| known.uid == user.uid).map(|known| known.id);
        let by_uid = by_uid.or_else(|| aliases.get(&user.uid.0).copied());
        let by_name = known.iter().find(|known| known.name == *name);
        let said = merge.map_user.contains_key(&user.name);
        let same = said || merge.same_user.iter().any(|same| same == "*" || *same == user.name);
        let found = match (by_uid, by_name) {
            (Some(id), _) if !said => Some(id),
            (_, Some(named)) if same => Some(named.id),
            (_, Some(named)) => {
                let both = ours.has_answered(named.id)? && theirs.has_answered(user.id)?;
                if both {
                    unclear.push(user.name.clone());
                }
                Some(named.id)
            }
            (_, None) if merge.only.is_none() && !theirs.has_answered(user.id)? && !theirs.has_judged(user.id)? => None,
            (_, None) => {
                if merge.only.is_none() {
                    can_be_called(name, user.name == *name, &merge.name)?;
                }
                report.new_users.push(name.clone());
                // Whom a file is made for owns it; here, newcomers are annotators.
                let role = if merge.only.is_some() { Role::Owner } else { Role::Annotator };
                Some(ours.create_user_by(&user.uid, name, role, given.at, by)?.id)
            }
        };
        let Some(found) = found else { continue };
        if by_uid != Some(found) && known.iter().any(|known| known.id == found) {
            ours.add_alias(&user.uid, found)?;
        }
        people.insert(user.id, found);
    }
    refuse(&unclear, &merge.name)?;
    Ok(people)
}

/// Whether somebody can be made of this name.
fn can_be_called(name: &str, theirs: bool, file: &str) -> Result<(), JobError> {
    let Some(why) = names::fault(name) else { return Ok(()) };
    let (name, file) = (one_line(name), one_line(file));
    let way_out = if theirs { format!("--map-user '{name}=ANOTHER-NAME' gives them another; ") } else { String::new() };
    Err(JobError::refused(format!("'{file}': nobody can be called '{name}': {why}"), way_out + names::RULE))
}

fn refuse(unclear: &[String], file: &str) -> Result<(), JobError> {
    let Some(first) = unclear.first() else { return Ok(()) };
    let all: Vec<String> = unclear.iter().map(|name| format!("'{}'", one_line(name))).collect();
    let first = one_line(first);
    Err(JobError::refused(
        format!(
            "{} of '{}' and of this file have answers in both, and are two people by their identities",
            all.join(", "),
            one_line(file)
        ),
        format!("say which it is: --same-user {first} (one person), or --map-user {first}=ANOTHER-NAME (two people)"),
    ))
}

fn list(users: &[User]) -> String {
    users.iter().map(|user| one_line(&user.name)).collect::<Vec<_>>().join(", ")
}
