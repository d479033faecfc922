"""What a job of the release says when it ends: a line, in a log that anybody may read."""

from click.testing import CliRunner

from deploy.jobs import __main__ as command
from deploy.jobs import pipeline
from deploy.plans.refusal import PlanRefusedError, Reason, Refusal


def test_a_refusal_hides_what_the_summary_hides(monkeypatch):
    def plan(_job):
        refusals = [Refusal(Reason.ACTION, 'google_x.y["user:alice@example.com"]', "made anew")]
        raise PlanRefusedError(refusals)

    monkeypatch.setattr(pipeline, "plan", plan)
    ended = CliRunner().invoke(command.main, ["plan"])
    assert ended.exit_code == 1
    assert ended.output == 'Error: action: google_x.y["..."]: made anew\n'
