"""The inkling command: what it does, and the one line it says when it cannot."""

from __future__ import annotations

import logging
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.staff import invitations
from pwa.cli import main
from tests.administrator import administrator
from tests.cast import Cast, write_master_key
from tests.phones import Phone

EXAMPLE = Path(__file__).parents[2] / "docs" / "authority.example.toml"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()  # the command logs to its own standard error
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    for name in ("PORT", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(main, arguments, env=environment)

    return run


def says(result: Result, sentence: str) -> None:
    """Assert that a command ended in one clear line, and no stack trace."""
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("inkling: ")
    assert sentence in line
    assert isinstance(result.exception, SystemExit)


def found(run: Run) -> None:
    assert run("keys", "make").exit_code == 0
    assert run("found", str(EXAMPLE)).exit_code == 0


def test_help_lists_the_commands_of_the_design(run: Run) -> None:
    said = run("--help").output
    for command in ("serve", "worker", "migrate", "demo", "invite", "feed", "audit", "keys"):
        assert f"\n  {command} " in said


def open_agency(run: Run) -> tuple[str, str]:
    """Add an agency with its first administrator, and open it; give both ids."""
    agency = run("staff", "agency", "Social Care", "--kind", "social-care", "--phone", "01632 1")
    agency_id = agency.output.strip()
    team = run("staff", "team", agency_id, "North")
    ada, bo = (
        run(
            "staff", "add", agency_id, name, "--job", "Administrator", "--team", team.output.strip(),
            "--email", email, "--role", "administrator", "--role", "approver",
        )
        for name, email in (("Ada Minns", "ada@example.com"), ("Bo Lind", "bo@example.com"))
    )  # fmt: skip
    assert (ada.exit_code, bo.exit_code) == (0, 0), ada.output
    said = (
        "staff", "open", agency_id, "--agreement", "Tier 2", "--agreed-on", "2026-01-05",
        "--review-on", "2027-01-05", "--controller", "Westhaven Council",
        "--controller-contact", "dpo@example.com", "--lead", "ada@example.com",
    )  # fmt: skip
    says(run("invite", "ada@example.com"), "not open yet")
    says(run(*said, "--approver", "ada@example.com"), "two different people")
    opened = run(*said, "--approver", "ada@example.com", "--approver", "bo@example.com")
    assert "is open" in opened.output, opened.output
    return agency_id, ada.output.strip()


def test_an_authority_is_founded_and_its_first_administrator_invited(run: Run) -> None:
    found(run)
    agency_id, person = open_agency(run)
    listed = run("staff", "list").output
    assert agency_id in listed
    assert "North" in listed
    for who in ("ada@example.com", "ADA@example.com", person):
        link = run("invite", who)
        assert link.output.startswith("http://localhost:8000/enrol/")
    assert "no device is waiting" in run("devices", "waiting").output


def test_a_token_is_shown_once_listed_and_revoked(run: Run) -> None:
    found(run)
    agency_id, _ = open_agency(run)
    wanted = ("token", "make", agency_id, "Case system", "--scope", "people:read")
    says(run(*wanted, "--purpose", "curiosity"), "Choose for which purpose")
    made = run(*wanted, "--purpose", "assessment", "--days", "2")
    secret = made.stdout.strip()
    assert secret.startswith("inkling_")
    listed = run("token", "list").output
    assert "Case system, Social Care: people:read, for assessment, until" in listed
    assert secret not in listed
    token_id = listed.split()[0]
    add = ("webhook", "add", token_id, "https://case.example/inkling")
    says(run(*add), "INKLING_WEBHOOK_HOSTS")
    says(run("webhook", "add", "x", add[3]), "no such token")
    hook = run(*add, INKLING_WEBHOOK_HOSTS="case.example").stdout.strip()
    assert hook.startswith("whsec_")
    listed = run("webhook", "list").output
    assert "https://case.example/inkling, well, last told never" in listed
    webhook_id = listed.split()[0]
    assert run("webhook", "secret", webhook_id).output.startswith("whsec_")
    says(run("webhook", "start", webhook_id), "has not stopped")
    assert "removed" in run("webhook", "remove", webhook_id).output
    assert run("webhook", "list").output == ""
    assert "revoked" in run("token", "revoke", token_id).output
    assert "assessment, revoked, last used never" in run("token", "list").output
    says(run("token", "revoke", token_id), "revoked before")


def test_a_command_without_keys_says_how_to_make_them(run: Run) -> None:
    says(run("serve"), "Run: inkling keys make")
    says(run("worker"), "Run: inkling keys make")
    says(run("found", str(EXAMPLE)), "Run: inkling keys make")
    says(run("devices", "waiting"), "Run: inkling keys make")


def test_keys_are_made_once_for_their_owner_alone(run: Run) -> None:
    assert "made a master key" in run("keys", "make").output
    before = Path("instance/master.key").read_bytes()
    for name in ("master.key", "secret.key"):
        assert stat.S_IMODE(Path("instance", name).stat().st_mode) == 0o600
    assert "there is a master key" in run("keys", "make").output
    assert Path("instance/master.key").read_bytes() == before


def test_a_database_that_is_not_up_to_date_or_empty_says_so(run: Run) -> None:
    run("keys", "make")
    says(run("serve"), "Run: inkling migrate")
    assert "migrations ran" in run("migrate").output
    assert "up to date" in run("migrate").output
    says(run("serve"), "Run: inkling found")


def test_a_master_key_of_another_database_is_refused(run: Run) -> None:
    found(run)
    Path("instance/master.key").unlink()
    run("keys", "make")
    says(run("serve"), "is not the one of this database")


@pytest.mark.parametrize("content", ["", "1 x", "not a key", "1 c2hvcnQ="])
def test_a_spoilt_master_key_is_refused(run: Run, content: str) -> None:
    found(run)
    Path("instance/master.key").write_text(content)
    says(run("staff", "list"), "The master key at")


def test_a_postgres_that_is_not_there(run: Run) -> None:
    run("keys", "make")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody@127.0.0.1:{closed.getsockname()[1]}/none?connect_timeout=1"
        says(run("migrate", INKLING_DATABASE_URL=url), "no PostgreSQL answers")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://localhost/x", "must start with sqlite:/// or postgresql://"),
        ("sqlite:////proc/nowhere/x.db", "its folder cannot be made"),
        ("sqlite:////proc", "its file cannot be opened"),
    ],
)
def test_a_database_that_cannot_be(run: Run, url: str, said: str) -> None:
    says(run("migrate", INKLING_DATABASE_URL=url), said)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    says(run("keys", "make"), "Permission denied")


def test_a_folder_that_is_a_file(run: Run) -> None:
    Path("instance").write_text("in the way")
    says(run("keys", "make"), "exists")


def test_a_port_that_is_taken(run: Run) -> None:
    found(run)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        says(run("serve", PORT=port), f"Port {port} cannot be used")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["invite", "nobody@example.com"], "There is no such practitioner here."),
        (["invite", "0193e6a0-0000-7000-8000-00000000beef"], "no such practitioner"),
        (["devices", "approve", "000000"], "No waiting device shows this code."),
        (["staff", "team", "social-care", "North"], "social-care is not an id."),
        (["staff", "agency", "X", "--kind", "circus", "--phone", "1"], "kind of agency"),
        (["found", str(EXAMPLE)], "There is an authority in this database already."),
        (["found", "nowhere.toml"], "There is no file nowhere.toml."),
        (["feed", "load", "nobody", "nowhere.csv"], ""),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(run: Run, arguments: list[str], said: str) -> None:
    found(run)
    says(run(*arguments), said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "Exampleshire Council"', "", "The setting name is missing."),
        ('name = "Exampleshire Council"', 'name = " "', "The setting name is empty."),
        ('name = "Exampleshire Council"', "name = 5", "The setting name must be text."),
        ("shift_hours = 10", "shift_hours = 100", "from 1 to 24"),
        ("shift_hours = 10", "shift_hours = true", "must be a number"),
        ("correction_days = 5", "correction_days = 0", "from 1 to 60"),
        ("many_in_an_hour = 20", "many_in_an_hour = 1", "2 or more"),
        ("shift_hours = 10", "shift_length = 10", "There is no setting shift_length"),
        ("shift_hours = 10", "demo = true", "There is no setting demo"),
        ("shift_hours = 10", "shift_hours =", "cannot be read"),
        ('code = "nursery"', 'code = "school"', "A code stands twice in agency_kinds."),
        ('code = "nursery"', "", "has no code or no label"),
        ('code = "nursery"', 'code = "nursery"\ncolour = "red"', "and no more"),
        ("legal = true", 'legal = "yes"', "must be true or false"),
        ('seen_by = ["social-care", "police"', 'seen_by = ["social-care", "pirates"', "pirates"),
        (
            'agency_kinds = ["school", ',
            'agency_kinds = ["ship", ',
            "names a kind that is not listed",
        ),
        ('category = "sexual"', 'category = "mutiny"', "names a category that is not listed"),
        ('plan_kind = "adoption"', 'plan_kind = "cruise"', "names a plan that is not listed"),
        ('counts_from = "closure"', 'counts_from = "noon"', "must count from one of: birth"),
        ("years = 25", "years = 0", "must keep for 1 to 150 years"),
    ],
)
def test_a_faulty_authority_file_is_refused_before_anything_is_made(
    run: Run, tmp_path: Path, old: str, new: str, said: str
) -> None:
    run("keys", "make")
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "authority.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    says(run("found", str(path)), said)
    assert run("found", str(EXAMPLE)).exit_code == 0


def test_a_waiting_device_is_approved_by_its_code(
    run: Run, cast: Cast, cast_url: str, tmp_path: Path
) -> None:
    key = tmp_path / "cast.key"
    write_master_key(key)
    where = {"INKLING_DATABASE_URL": cast_url, "INKLING_MASTER_KEY_FILE": str(key)}
    invitation = invitations.make(cast.system, cast["administrator"])
    code = Phone(cast).enrol(invitation).matching_code
    said = run("devices", "waiting", **where)
    assert code in said.output
    assert "Ada Minns" in said.output
    assert run("devices", "approve", f"{code[:3]} {code[3:]}", **where).exit_code == 0
    assert "no device is waiting" in run("devices", "waiting", **where).output


def test_only_foreseen_errors_are_said_plainly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_url: str) -> list[str]:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("api.authority.migrate", broken)
    assert isinstance(run("migrate").exception, RuntimeError)


def test_who_sees_details_of_services_is_said_anew(run: Run, tmp_path: Path) -> None:
    found(run)
    text = EXAMPLE.read_text("utf-8")
    kept, _, _ = text.partition("[[detail_kinds]]")
    narrow = (
        kept + '[[detail_kinds]]\ncode = "schooling"\nlabel = "Schooling"\nseen_by = ["school"]\n'
    )
    rest = text[text.index("# Plans and statuses.") :]
    path = tmp_path / "authority.toml"
    path.write_text(narrow + rest)
    assert "somebody sees: schooling\n" in run("details", str(path)).output
    path.write_text(kept + rest)
    assert "somebody sees: nothing\n" in run("details", str(path)).output
    path.write_text(narrow.replace('["school"]', '["pirates"]') + rest)
    says(run("details", str(path)), "names a kind that is not listed: pirates")
    more = '[[agency_kinds]]\ncode = "pirates"\nlabel = "Pirates"\n\n# What services say'
    path.write_text(path.read_text().replace("# What services say", more, 1))
    says(run("details", str(path)), "names pirates, which is not here")


def test_what_an_authority_sets_is_said_anew(run: Run, tmp_path: Path) -> None:
    found(run)
    text = EXAMPLE.read_text("utf-8")
    path = tmp_path / "authority.toml"
    start = text.index('[[purposes]]\ncode = "found"')
    end = text.find("[[", start + 2)
    path.write_text(
        (text[:start] + (text[end:] if end > 0 else "")).replace("01632 960010", "01632 960011")
        + '\n[[purposes]]\ncode = "court"\nlabel = "A court asked me"\nbasis = "A law"\n'
    )
    assert "4 purposes are offered\n" in run("settings", str(path)).output
    path.write_text(path.read_text("utf-8").replace("A court asked me", "I was asked"))
    says(run("settings", str(path)), "court reads otherwise here")
    path.write_text(text.replace("shift_hours = 10", "shift_hours = 30"))
    says(run("settings", str(path)), "shift_hours must be from 1 to 24")


def test_how_long_things_are_kept_is_said_anew(run: Run, tmp_path: Path) -> None:
    found(run)
    text = EXAMPLE.read_text("utf-8")
    path = tmp_path / "authority.toml"
    path.write_text(text.replace("years = 6\n", "years = 7\n"))
    assert (
        "What other agencies write: 7 years from last contact\n"
        in run("retention", str(path)).output
    )
    start, end = text.index("[[retention]]"), text.index("# On which basis in law")
    path.write_text(text[:start] + text[end:])
    assert "nothing falls due\n" in run("retention", str(path)).output
    path.write_text(
        text.replace('code = "adoption"', 'code = "adopted"', 1).replace(
            'plan_kind = "adoption"', 'plan_kind = "adopted"'
        )
    )
    says(run("retention", str(path)), "names the kind of plan adopted, which is not here")


# --- The trail and the master key --------------------------------------------------------------------


def test_the_trail_is_verified_and_what_is_wrong_with_it_named(run: Run, tmp_path: Path) -> None:
    found(run)
    heads = tmp_path / "heads"
    says(run("audit", "verify", INKLING_AUDIT_HEADS="heads"), "must be a folder's whole path")
    given = run("audit", "heads", INKLING_AUDIT_HEADS=str(heads))
    assert '"number": ' in given.output
    assert "BEGIN PUBLIC KEY" in given.output
    assert f"kept in {heads}" in given.output
    assert "kept nowhere" in run("audit", "heads").output
    well = run("audit", "verify", "--heads", str(heads))
    assert well.exit_code == 0, well.output
    assert "1 heads kept elsewhere, the last at" in well.output
    assert "rows wait to be sealed" in well.output
    assert "nothing is wrong" in well.output
    assert "an end that was cut off would not be seen" in run("audit", "verify").output
    says(run("audit", "verify", "--heads", str(tmp_path)), "There are no heads to read")
    with administrator(f"sqlite:///{Path('instance/inkling.db').absolute()}") as admin:
        event = admin.get("SELECT event_id FROM audit_chain WHERE number = 1")
        admin.run("UPDATE audit_events SET actor = 'somebody else' WHERE id = :id", id=event)
    spoilt = run("audit", "verify")
    assert spoilt.exit_code == 1
    assert f"Row {event} (number 1) was changed." in spoilt.output
    assert "1 things are wrong" in spoilt.output


def test_the_master_key_is_rotated_and_an_old_version_destroyed(run: Run) -> None:
    found(run)
    assert "version 2 is added to the master key" in run("keys", "rotate", "--prepare").output
    assert "version 2 waits in the master key" in run("keys", "rotate", "--prepare").output
    says(run("keys", "retire", "1"), "Version 1 is in use")
    rotated = run("keys", "rotate").output
    assert "version 2 of the master key wraps every key" in rotated
    assert "devices take the new key at their next contact" in rotated
    assert "nothing here needs version 1 any more: inkling keys retire 1" in rotated
    assert "version 1 is destroyed here" in run("keys", "retire", "1").output
    assert Path("instance/master.key").read_text().split()[0] == "2"
    says(run("keys", "retire", "1"), "There is no version 1")
    assert "version 3 of the master key" in run("keys", "rotate").output  # on one machine, at once


def test_production_says_once_that_no_heads_are_kept(run: Run, tmp_path: Path) -> None:
    run("keys", "make")
    production = {
        "INKLING_ORIGIN": "https://inkling.example",
        "INKLING_SECRET_KEY": "s" * 32,
        "INKLING_MASTER_KEY_FILE": str(tmp_path / "instance" / "master.key"),
    }
    for command in ("serve", "worker"):
        said = run(command, **production).stderr.splitlines()  # there is no authority: it stops
        assert [line for line in said if "INKLING_AUDIT_HEADS is not set" in line] == said[:1]
        kept = run(command, **production, INKLING_AUDIT_HEADS=str(tmp_path))
        assert "INKLING_AUDIT_HEADS" not in kept.stderr
