"""The recipes of docs/teams.md for a team on one machine, tried for real: sshd, people of their own, a terminal for each.

Run as root on a machine that may be changed for a moment:  python3 tests/ssh.py target/release/labelry
It makes the group and the people `lbl-…`, an sshd on a high port with a configuration of its own, labels as each of
them in a tmux of its own, and removes everything again.
"""

import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

PORT = "22622"
GROUP = "lbl-team"
PEOPLE = ["lbl-ana", "lbl-ben"]
HOUSE = "lbl-house"
RECORDS = "".join('{"id":"r%d","text":"parcel %d"}\n' % (n, n) for n in range(1, 7))


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


class Terminal:
    """ssh in a window of a tmux of its own."""

    def __init__(self, folder, key, user, *words):
        self.tmux = ["tmux", "-S", f"{folder}/tmux"]
        self.name = pathlib.Path(key).stem + user
        run(*self.tmux, "-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", self.name,
            "ssh", "-tt", "-p", PORT, "-i", str(key), "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o",
            f"UserKnownHostsFile={folder}/known", "-o", "LogLevel=ERROR", f"{user}@127.0.0.1", *words, ";",
            "set-option", "remain-on-exit", "on")

    def picture(self):
        return run(*self.tmux, "capture-pane", "-p", "-t", self.name)

    def until(self, what, seconds=20, otherwise="never on the screen"):
        end = time.time() + seconds
        while what not in (picture := self.picture()) and otherwise not in picture:
            if time.time() > end:
                raise SystemExit(f"'{what}' never came:\n{self.picture()}")
            time.sleep(0.1)
        return self

    def press(self, *keys):
        run(*self.tmux, "send-keys", "-t", self.name, *keys)
        return self

    def leave(self):
        self.press("q").until("q again leaves").press("q").until("in this session", otherwise="Pane is dead (status 0")


def label(terminal, key, ticked, saved):
    # What comes within 150 ms of a new record is dropped on purpose.
    time.sleep(0.5)
    terminal.press(key).until(ticked).press("Enter").until(saved)


def main(binary):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lbl-ssh-"))
    folder.chmod(0o755)
    labelry = folder / "labelry"
    shutil.copy(binary, labelry)
    labelry.chmod(0o755)
    made, server = [], None
    try:
        run("groupadd", GROUP)
        for person in [*PEOPLE, HOUSE]:
            run("useradd", "-m", "-p", "*", "-s", "/bin/bash", *(["-G", GROUP] if person in PEOPLE else []), person)
            made.append(person)
        keys = {}
        for person in [*PEOPLE, "cy", "dan"]:
            keys[person] = folder / f"{person}.key"
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys[person]))
        public = {person: pathlib.Path(f"{key}.pub").read_text() for person, key in keys.items()}

        # One: each person has an account, and the group may write in the folder.
        place = folder / "team"
        run("install", "-d", "-m", "2770", "-o", "root", "-g", GROUP, str(place))
        (folder / "r.jsonl").write_text(RECORDS)
        db = place / "mail.db"
        env = {**os.environ, "USER": "boss", "LOGNAME": "boss"}
        shell = f"umask 007; {labelry} --db {db} import {folder}/r.jsonl --dataset mail --labels late,broken"
        run("sh", "-c", shell, env=env)
        run("sh", "-c", f"umask 007; {labelry} --db {db} datasets list", env=env)
        for person in PEOPLE:
            home = pathlib.Path(pwd.getpwnam(person).pw_dir) / ".ssh"
            authorize(home, person, public[person])

        # Two: one account owns the file, and each key says who comes.
        own = folder / "house"
        run("install", "-d", "-m", "700", "-o", HOUSE, "-g", HOUSE, str(own))
        shutil.copy(folder / "r.jsonl", own / "r.jsonl")
        shell = f"cd {own}; {labelry} --db x.db --user boss import r.jsonl --dataset mail --labels late,broken; "
        shell += f"{labelry} --db x.db --user boss users create cy; {labelry} --db x.db --user boss users create dan"
        run("su", HOUSE, "-s", "/bin/sh", "-c", shell)
        force = f'command="{labelry} --user {{}} {own}/x.db",restrict,pty '
        authorize(pathlib.Path(pwd.getpwnam(HOUSE).pw_dir) / ".ssh", HOUSE,
                  force.format("cy") + public["cy"] + force.format("dan") + public["dan"])

        server = sshd(folder, labelry, db)

        sessions = {person: Terminal(folder, keys[person], person) for person in PEOPLE}
        for session in sessions.values():
            session.until("yes, I am lbl-").press("1").until("mail r1 · pending")
        one, two = sessions.values()
        label(one, "1", "[x] late", "saved r1: late")
        label(two, "2", "[x] broken", "saved r1: broken")
        label(two, "2", "[x] broken", "saved r2: broken")
        modes = {path.name: oct(path.stat().st_mode & 0o777) + " " + path.group() for path in sorted(place.iterdir())}
        print("beside the file while two people label:", modes)
        assert all(mode == f"0o660 {GROUP}" for mode in modes.values()), modes
        assert len(modes) == 3, modes
        one.leave()
        label(two, "1", "[x] late", "saved r3: late")
        two.leave()
        # No other command, no shell, no copying.
        asked = subprocess.run(
            ["ssh", "-p", PORT, "-i", str(keys[PEOPLE[0]]), "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no",
             "-o", f"UserKnownHostsFile={folder}/known", f"{PEOPLE[0]}@127.0.0.1", "cat", str(db)],
            capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert "the interface needs a terminal" in asked.stderr, asked
        copied = subprocess.run(
            ["scp", "-q", "-P", PORT, "-i", str(keys[PEOPLE[0]]), "-o", "IdentitiesOnly=yes",
             "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={folder}/known",
             f"{PEOPLE[0]}@127.0.0.1:{db}", f"{folder}/stolen.db"], capture_output=True, text=True)
        assert copied.returncode != 0 and not (folder / "stolen.db").exists(), copied
        exported = run(str(labelry), "--db", str(db), "--user", "boss", "export", "mail")
        for person, count in zip(PEOPLE, (1, 3)):
            assert exported.count(f'"user":"{person}"') == count, exported

        cy = Terminal(folder, keys["cy"], HOUSE, "labelry --user dan").until("mail r1 · pending").until("· cy")
        dan = Terminal(folder, keys["dan"], HOUSE).until("mail r1 · pending").until("· dan")
        label(cy, "1", "[x] late", "saved r1: late")
        label(dan, "1", "[x] late", "saved r1: late")
        cy.leave()
        dan.leave()
        print("both recipes hold: a group with ForceCommand, and one account with a key a person")
    finally:
        subprocess.run(["tmux", "-S", f"{folder}/tmux", "kill-server"], capture_output=True)
        if server:
            server.terminate()
            server.wait()
        for person in made:
            for _ in range(20):
                if subprocess.run(["userdel", "-r", person], capture_output=True).returncode in (0, 6):
                    break
                time.sleep(0.5)
        subprocess.run(["groupdel", GROUP], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def authorize(home, person, text):
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "authorized_keys").write_text(text)
    (home / "authorized_keys").chmod(0o600)
    run("chown", "-R", f"{person}:", str(home))


def sshd(folder, labelry, db):
    host = folder / "host.key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(host))
    (folder / "sshd_config").write_text(f"""\
Port {PORT}
ListenAddress 127.0.0.1
HostKey {host}
PidFile none
UsePAM no
PasswordAuthentication no
StrictModes yes
Match Group {GROUP}
    ForceCommand {labelry} {db}
    DisableForwarding yes
""")
    os.makedirs("/run/sshd", exist_ok=True)
    server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")],
                              stderr=open(folder / "sshd.log", "w"))
    time.sleep(1)
    assert server.poll() is None, (folder / "sshd.log").read_text()
    return server


if __name__ == "__main__":
    if os.geteuid() != 0 or len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
