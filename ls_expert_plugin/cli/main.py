"""``ls-expert``: every process and every chore as a command. Errors are one line on stderr and exit code 1;
a file with several mistakes has a line for each.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ls_expert_plugin import __version__
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import BadInput, ExpertError
from ls_expert_plugin.private_files import make_private, set_umask


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "httpx2", "alembic", "numexpr"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # at INFO they log every request, and each plug-in
    try:
        if arguments[:1] == ["label-studio"]:
            # What follows belongs to Label Studio's own command line, options included.
            from ls_expert_plugin.servers import run_label_studio

            run_label_studio(arguments[1:])
            return 0
        return _run(_parser().parse_args(arguments))
    except ExpertError as problem:
        print(f"ls-expert: {problem.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ls-expert", description="Verified experts for Label Studio.",
        epilog="Settings come from the environment; docs/configuration.md lists them.",
    )
    parser.add_argument("--version", action="version", version=f"ls-expert {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("label-studio", help="start Label Studio with our extension; takes label-studio's own options")
    for name, port, threads, text in (
        ("serve", 8090, 64, "start the expert service: portal, admin pages, API, web hook"),
        ("ml-backend", 9090, 16, "start the ML backend"),
    ):
        server = commands.add_parser(name, help=text)
        server.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
        server.add_argument("--port", type=int, default=port, help="port to listen on (default: %(default)s)")
        server.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
        server.add_argument("--threads", type=int, default=threads, help="threads per process: requests at a time (default: %(default)s)")
        if name == "ml-backend":
            server.add_argument("--model", metavar="PACKAGE.MODULE:CLASS", help="a model of your own, derived from label_studio_ml's LabelStudioMLBase")
    worker = commands.add_parser("worker", help="start the worker: scoring, outbox, pushes, learning")
    worker.add_argument("--threads", type=int, default=4, help="jobs at a time (default: %(default)s)")
    commands.add_parser("migrate", help="bring the service's database up to date")
    demo = commands.add_parser("demo", help="fill a new Label Studio with the demo's accounts and projects, once")
    demo.add_argument("--yes", action="store_true", help="do it although this Label Studio is not the demo's own")
    connect = commands.add_parser("connect", help="register our web hook and ML backend with Label Studio's projects")
    connect.add_argument("--project", type=int, action="append", help="only this project (may be given again); default: all with a domain")
    roles = commands.add_parser("roles", help="show or change who is a manager in Label Studio, and who an expert")
    roles_commands = roles.add_subparsers(dest="roles_command", required=True, metavar="list|set")
    roles_commands.add_parser("list", help="everybody with their role")
    role_set = roles_commands.add_parser("set", help="give somebody a role, from their next request on")
    role_set.add_argument("email", help="their address in Label Studio")
    role_set.add_argument("role", choices=("manager", "expert"))
    reassess = commands.add_parser("reassess", help="score old interviews again by the present rubric; changes nobody's status")
    reassess.add_argument("--domain", help="only this one; default: all")
    reassess.add_argument("--verification", type=int, help="only this one: the number in the address of its dossier")
    reassess.add_argument("--dry-run", action="store_true", help="say which would be read again, and ask no model")
    impact = commands.add_parser("impact-report", help="whether groups of people are verified at like rates, from voluntary answers")
    impact.add_argument("--domain", help="only this one; default: all together")
    items = commands.add_parser("items", help="the items of the knowledge tests")
    items_commands = items.add_subparsers(dest="items_command", required=True, metavar="calibrate")
    calibrate = items_commands.add_parser("calibrate", help="estimate difficulties from answers, where there are enough")
    calibrate.add_argument("--domain", help="only this one; default: all")
    calibrate.add_argument("--dry-run", action="store_true", help="print what would change, and change nothing")
    version = commands.add_parser("prelabel-version", help="what projects are pre-labelled by, and what there would be today")
    version.add_argument("--project", type=int, help="only this one; default: all with a domain")
    version.add_argument("--switch", action="store_true", help="put what there is today into use for the project; Label Studio then asks for every task anew")
    version.add_argument("--learn", action="store_true", help="with --switch: learn first from the annotations submitted by now")
    version.add_argument("--yes", action="store_true", help="with --switch: do not ask")
    prelabel = commands.add_parser("prelabel", help="make pre-labels for all tasks of a project; may be stopped and run again")
    prelabel.add_argument("--project", type=int, required=True, help="its number")
    prelabel.add_argument("--only-missing", action="store_true", help="only tasks without any pre-label; default: those without one of the version in use")
    prelabel.add_argument("--view", type=int, help="only tasks of this tab of the Data Manager: the number after tab= in its address")
    prelabel.add_argument("--yes", action="store_true", help="do not ask")
    evaluate = commands.add_parser("evaluate", help="pre-labels against ground truth and experts' annotations, by version, and what there is today")
    evaluate.add_argument("--project", type=int, required=True, help="its number")
    evaluate.add_argument("--sample", type=int, default=50, help="tasks at most, always the same ones (default: %(default)s)")
    evaluate.add_argument("--yes", action="store_true", help="ask the language model without asking you")
    about = commands.add_parser("prelabel-report", help="what pre-labels do to a project's annotations, with them in sight and without")
    about.add_argument("--project", type=int, required=True, help="its number")
    usage = commands.add_parser("prelabel-usage", help="what pre-labels by a language model have cost, by day, project and version")
    usage.add_argument("--days", type=int, default=30, help="how far back (default: %(default)s)")
    commands.add_parser("audit", help="show what enforcement would have refused, as counted with LS_EXPERT_ENFORCEMENT=audit")
    _add_domains(commands)
    apply = commands.add_parser("apply", help="set what projects ask for from a YAML file; prints the plan first")
    apply.add_argument("file", type=Path, help="for example routing.yaml; docs/routing.md says what it may hold")
    apply.add_argument("--dry-run", action="store_true", help="print the plan and change nothing")
    apply.add_argument("--yes", action="store_true", help="do not ask, although somebody loses access")
    commands.add_parser("export-routing", help="print what projects ask for now as such a file")
    explain = commands.add_parser("explain", help="why somebody may work on a project or may not; exit code 3 when not")
    explain.add_argument("user", help="their address, or their number in Label Studio")
    explain.add_argument("project", help="its number or its title")
    export_person = commands.add_parser("export-person", help="print everything the service holds about somebody, as JSON")
    export_person.add_argument("user", help="their address, or their number in Label Studio")
    erase_person = commands.add_parser("erase-person", help="remove what somebody told us, and their name from Label Studio; says first what goes")
    erase_person.add_argument("user", help="their address, or their number in Label Studio")
    erase_person.add_argument("--yes", action="store_true", help="do not ask")
    encryption = commands.add_parser("encryption", help="keys for transcripts and profiles in the database")
    encryption_commands = encryption.add_subparsers(dest="encryption_command", required=True, metavar="new-key|rotate")
    encryption_commands.add_parser("new-key", help="print a new key for LS_EXPERT_ENCRYPTION_KEYS")
    rotate = encryption_commands.add_parser("rotate", help="seal everything with the first key; may be interrupted and run again")
    rotate.add_argument("--off", action="store_true", help="take the seals off instead")
    reconcile = commands.add_parser("reconcile", help="compare who may work on what with what Label Studio has, and put that right")
    reconcile.add_argument("--dry-run", action="store_true", help="only say what differs")
    resync = commands.add_parser("resync", help="after a restored backup: reread members, roles, projects and work from Label Studio; says first what differs")
    resync.add_argument("--dry-run", action="store_true", help="only say what differs")
    resync.add_argument("--yes", action="store_true", help="do not ask")
    reviews = commands.add_parser("reviews", help="who waits for a review, and whose verification is looked at again")
    reviews.add_argument("--overrides", action="store_true", help="instead: how often reviewers went against a policy, and against what")
    recheck = commands.add_parser("recheck", help="look again at whoever is verified, as the worker does: remind, settle, expire")
    recheck.add_argument("--dry-run", action="store_true", help="only say what would be done")
    doctor = commands.add_parser("doctor", help="look at an existing Label Studio and say what is right and what to change")
    doctor.add_argument("--url", help="Label Studio's address (default: LS_EXPERT_LABEL_STUDIO_URL)")
    doctor.add_argument("--token", help="a manager's token (default: LS_EXPERT_LABEL_STUDIO_TOKEN)")
    return parser


def _add_domains(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    domains = commands.add_parser("domains", help="check domain packs, or begin one of your own")
    domains_commands = domains.add_subparsers(dest="domains_command", required=True, metavar="lint|new|policy")
    lint = domains_commands.add_parser("lint", help="tell every mistake in domain packs by file, line and field; exit code 1 if there is one")
    lint.add_argument(
        "path", nargs="?", type=Path, metavar="PATH",
        help="a pack, or a directory of packs (default: the packs that come along and those in LS_EXPERT_DOMAINS_DIR)",
    )
    new = domains_commands.add_parser("new", help="write a small pack with comments, to be changed into yours")
    new.add_argument("name", metavar="NAME", help="the pack's id: lower-case letters, digits and _")
    policy = domains_commands.add_parser("policy", help="print in words what leads to \"verified\", and what comes after")
    policy.add_argument("name", nargs="?", metavar="NAME", help="the pack's id (default: all)")
    new.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="the directory to write it to; made if it is not there")


def _run(args: argparse.Namespace) -> int:
    if args.command != "domains":  # packs are for whoever the team gives them to
        set_umask()
    if args.command == "doctor":
        from ls_expert_plugin.cli.doctor import examine

        environ = dict(os.environ)
        if args.url:
            environ["LS_EXPERT_LABEL_STUDIO_URL"] = args.url
        if args.token:
            environ["LS_EXPERT_LABEL_STUDIO_TOKEN"] = args.token
        return examine(load(environ, secrets_needed=()), sys.stdout)
    if args.command == "domains":
        from ls_expert_plugin.cli import domain_packs

        if args.domains_command == "new":
            return domain_packs.new(args.name, args.to, sys.stdout)
        if args.domains_command == "policy":
            from ls_expert_plugin.cli.reviews import print_policies

            return print_policies(load(secrets_needed=()).domains_dir, args.name, sys.stdout)
        return domain_packs.lint(domain_packs.packs_at(args.path, lambda: load(secrets_needed=()).domains_dir), sys.stdout)
    if args.command == "migrate":
        from ls_expert_plugin.storage.migrate import migrate

        settings = load(secrets_needed=())
        make_private(settings.data_dir)
        print(migrate(settings.database_url))
        return 0
    if args.command == "encryption":
        from ls_expert_plugin.cli import encryption

        if args.encryption_command == "new-key":
            return encryption.new_key(sys.stdout)
        return encryption.rotate(load(secrets_needed=()), sys.stdout, off=args.off)
    if args.command in ("roles", "audit"):
        from ls_expert_plugin.cli import roles as members

        settings = load(secrets_needed=("LS_EXPERT_SHARED_SECRET",))
        if args.command == "audit":
            return members.show_audit(settings, sys.stdout)
        if args.roles_command == "list":
            return members.list_roles(settings, sys.stdout)
        return members.set_role(settings, args.email, args.role, sys.stdout)
    settings = load()
    if args.command == "demo":
        from ls_expert_plugin.demo.seed import fill

        return fill(settings, sys.stdout, foreign_is_fine=args.yes)
    if args.command == "connect":
        from ls_expert_plugin.cli.connect import connect_projects

        return connect_projects(settings, args.project, sys.stdout)
    if args.command in ("apply", "export-routing", "explain"):
        return _routing(args, settings)
    if args.command == "evaluate":
        from ls_expert_plugin.cli.evaluate import evaluate

        return evaluate(settings, args.project, args.sample, sys.stdout, agreed=(lambda question: True) if args.yes else _agreed)
    if args.command == "prelabel-report":
        from ls_expert_plugin.cli.prelabel_report import report

        return report(settings, args.project, sys.stdout)
    if args.command in ("prelabel", "prelabel-usage"):
        from ls_expert_plugin.cli import prelabel as prelabel_run
        from ls_expert_plugin.prelabels.batch_run import TaskSelection

        if args.command == "prelabel-usage":
            return prelabel_run.show_usage(settings, args.days, sys.stdout)
        wanted = TaskSelection(args.project, args.only_missing, args.view)
        return prelabel_run.prelabel(settings, wanted, sys.stdout, agreed=(lambda question: True) if args.yes else _agreed)
    if args.command == "prelabel-version":
        from ls_expert_plugin.cli import prelabel_version

        if not args.switch:
            return prelabel_version.show(settings, args.project, sys.stdout)
        if args.project is None:
            raise BadInput("Say which project: --project NUMBER.")
        return prelabel_version.switch(
            settings, args.project, sys.stdout, learns=args.learn, agreed=(lambda question: True) if args.yes else _agreed
        )
    if args.command == "export-person":
        from ls_expert_plugin.cli.export_person import export_person

        return export_person(settings, args.user, sys.stdout)
    if args.command in ("reviews", "recheck", "reassess"):
        from ls_expert_plugin.cli import reviews as review_list

        if args.command == "reviews" and args.overrides:
            return review_list.list_overrides(settings, sys.stdout)
        if args.command == "reviews":
            return review_list.list_reviews(settings, sys.stdout)
        if args.command == "reassess":
            return review_list.reassess_now(
                settings, sys.stdout, domain=args.domain, verification_id=args.verification, dry_run=args.dry_run
            )
        return review_list.recheck_now(settings, sys.stdout, dry_run=args.dry_run)
    if args.command == "impact-report":
        from ls_expert_plugin.cli.impact_report import impact_report

        return impact_report(settings, args.domain, sys.stdout)
    if args.command == "items":
        from ls_expert_plugin.cli.calibrate_items import calibrate_items

        return calibrate_items(settings, args.domain, sys.stdout, dry_run=args.dry_run)
    if args.command == "erase-person":
        from ls_expert_plugin.cli.erase_person import erase_person

        return erase_person(settings, args.user, is_sure=args.yes, out=sys.stdout)
    if args.command == "reconcile":
        from ls_expert_plugin.cli.reconcile import reconcile_now

        return reconcile_now(settings, sys.stdout, dry_run=args.dry_run)
    if args.command == "resync":
        from ls_expert_plugin.cli.resync import resync_now

        return resync_now(settings, sys.stdout, dry_run=args.dry_run, agreed=(lambda question: True) if args.yes else _agreed)
    from ls_expert_plugin import servers

    if args.command == "serve":
        servers.run_service(settings, args.host, args.port, args.workers, args.threads)
    elif args.command == "ml-backend":
        servers.run_ml_backend(settings, args.host, args.port, args.workers, args.threads, args.model)
    elif args.command == "worker":
        servers.run_worker(settings, args.threads)
    return 0


def _routing(args: argparse.Namespace, settings: Settings) -> int:
    from ls_expert_plugin.cli import explain as routing_reasons
    from ls_expert_plugin.cli import routing_file

    if args.command == "explain":
        return routing_reasons.explain(settings, args.user, args.project, sys.stdout)
    if args.command == "export-routing":
        return routing_file.export(settings, sys.stdout)
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not args.yes
    return routing_file.apply(settings, args.file, sys.stdout, dry_run=args.dry_run, agreed=_agreed if asks else lambda question: True)


def _agreed(question: str) -> bool:
    """Ask whoever sits at the terminal. No answer is a no."""
    print(question, end="", flush=True)  # input() would write it to stderr
    return sys.stdin.readline().strip().lower() in ("y", "yes")


if __name__ == "__main__":
    sys.exit(main())
