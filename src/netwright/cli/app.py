"""The commands by name, and how one of them is performed."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

import netwright
from netwright.cli import (
    check,
    checkup,
    compare,
    curve,
    embed,
    evaluate,
    explain,
    export,
    forecast,
    missing,
    parts,
    predict,
    sample,
    serve,
    show,
    similar,
    trace,
    train,
    treat,
)
from netwright.cli.output import use_unicode

EXAMPLES = """Examples:

netwright sample breast_cancer

netwright train breast_cancer.csv --target diagnosis"""

app = typer.Typer(
    name="netwright",
    help="Data in; out comes a trained neural network together with the evidence.",
    epilog=EXAMPLES,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)


def perform(arguments: Sequence[str]) -> int:
    """Perform one command and return its exit status.

    Whatever goes wrong is raised: mistakes in the arguments as typer's errors.

    Args:
        arguments: the words behind `netwright`; none asks for help.
    """
    for stream in (sys.stdout, sys.stderr):
        use_unicode(stream)
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        command = get_command(app)
        try:
            with command.make_context("netwright", list(arguments) or ["--help"]) as context:
                command.invoke(context)
        except typer.Exit as end:
            return end.exit_code
    return 0


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"netwright {netwright.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that stand before the command."""


app.command(epilog=train.EXAMPLES)(train.train)
app.command(epilog=checkup.EXAMPLES)(checkup.checkup)
app.command(epilog=treat.EXAMPLES)(treat.treat)
app.command(epilog=check.EXAMPLES)(check.check)
app.command(epilog=missing.EXAMPLES)(missing.missing)
app.command(epilog=compare.EXAMPLES)(compare.compare)
app.command(epilog=curve.EXAMPLES)(curve.curve)
app.command(epilog=forecast.EXAMPLES)(forecast.forecast)
app.command(epilog=embed.EXAMPLES)(embed.embed)
app.command(epilog=similar.EXAMPLES)(similar.similar)
app.command(epilog=predict.EXAMPLES)(predict.predict)
app.command(epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command(epilog=export.EXAMPLES)(export.export)
app.command(epilog=serve.EXAMPLES)(serve.serve)
app.command(epilog=explain.EXAMPLES)(explain.explain)
app.command(epilog=show.EXAMPLES)(show.show)
app.command(epilog=sample.EXAMPLES)(sample.sample)
app.command(epilog=trace.EXAMPLES)(trace.trace)
app.command(epilog=parts.EXAMPLES)(parts.parts)
