"""Cache switches of the run, the pipeline and the step, told by what is executed."""

from __future__ import annotations

from itertools import product

import pytest
from projects import Project

from zcompile.exceptions import PipelineConfigurationError

SOURCE = """
from notes import note
from zcompile import StepContext, pipeline, step

@step{step_options}
def work(seed: int = 1) -> int:
    note("work")
    return seed

@step
def always_on(data: int) -> int:
    note("always_on")
    return data

@pipeline{pipeline_options}
def classic(first, second):
    second(first())

def run(**options):
    return classic(work(), always_on()).run(**options)
"""

SWITCH = (None, True, False)


def source(step: bool | None = None, pipeline: bool | None = None) -> str:
    """A pipeline of two steps, the first one of which has the step's switch."""
    return SOURCE.format(
        step_options="" if step is None else f"(enable_cache={step})",
        pipeline_options="" if pipeline is None else f"(enable_cache={pipeline})",
    )


def expected(run: bool | None, pipeline: bool | None, step: bool | None) -> bool:
    """Whether a stored result is used: the strongest switch that is set decides."""
    if False in (run, step):
        return False
    return run is True or pipeline is not False


@pytest.mark.parametrize(("run", "pipeline", "step"), [*product(SWITCH, SWITCH, SWITCH)])
def test_switches_in_code(
    run: bool | None, pipeline: bool | None, step: bool | None, project: Project
) -> None:
    module = project.load(source(step, pipeline))
    module.run()
    project.executed()
    module.run(enable_cache=run)
    ran = [] if expected(run, pipeline, step) else ["work"]
    ran += [] if expected(run, pipeline, None) else ["always_on"]
    assert project.executed() == ran


def yaml_config(
    pipeline: bool | None, parameters: bool | None, step: bool | None
) -> tuple[str, bool | None]:
    """A config with the step's switch among its parameters, beside them, or both."""
    lines = [] if pipeline is None else [f"enable_cache: {str(pipeline).lower()}"]
    lines += ["steps:", "  first:", "    parameters:", "      seed: 1"]
    if parameters is not None:
        lines.append(f"      enable_cache: {str(parameters).lower()}")
    if step is not None:
        lines.append(f"    enable_cache: {str(step).lower()}")
    return "\n".join(lines) + "\n", parameters if step is None else step


PLACES = [
    (pipeline, parameters, step, decorator)
    for pipeline, parameters, step, decorator in product(SWITCH, SWITCH, SWITCH, SWITCH)
    if None in (parameters, step) or parameters == step
]


@pytest.mark.parametrize(("pipeline", "parameters", "step", "decorator"), PLACES)
def test_switches_in_yaml_win_over_the_decorators(
    pipeline: bool | None,
    parameters: bool | None,
    step: bool | None,
    decorator: bool | None,
    project: Project,
) -> None:
    text, switch = yaml_config(pipeline, parameters, step)
    project.write("config.yaml", text)
    module = project.load(source(decorator))
    path = str(project.folder / "config.yaml")
    module.run(config_path=path)
    project.executed()
    module.run(config_path=path)
    own = decorator if switch is None else switch
    ran = [] if expected(None, pipeline, own) else ["work"]
    ran += [] if expected(None, pipeline, None) else ["always_on"]
    assert project.executed() == ran


@pytest.mark.parametrize(("run", "pipeline"), [*product(SWITCH, SWITCH)])
def test_the_runs_switch_wins_over_the_yaml_of_the_pipeline(
    run: bool | None, pipeline: bool | None, project: Project
) -> None:
    project.write("config.yaml", yaml_config(pipeline, None, None)[0])
    module = project.load(source())
    path = project.folder / "config.yaml"
    module.run(config_path=path)
    project.executed()
    module.run(config_path=path, enable_cache=run)
    cached = expected(run, pipeline, None)
    assert project.executed() == ([] if cached else ["work", "always_on"])


def test_switching_lookup_off_for_a_run_still_stores(project: Project) -> None:
    module = project.load(source())
    module.run(enable_cache=False)
    assert project.executed() == ["work", "always_on"]
    assert [step.status for step in module.run().steps] == ["cached", "cached"]
    assert project.executed() == []


def test_a_pipelines_false_still_stores(project: Project) -> None:
    project.load(source(pipeline=False)).run()
    project.executed()
    project.load(source()).run()
    assert project.executed() == []


def test_a_step_with_its_switch_off_leaves_no_entry(project: Project) -> None:
    project.load(source(step=False)).run()
    assert project.executed() == ["work", "always_on"]
    project.load(source()).run()
    assert project.executed() == ["work"], "the equal result lets the second step hit"
    run = project.load(source(step=False)).run()
    assert project.executed() == ["work"], "nor does it use an entry that is there"
    assert [step.status for step in run.steps] == ["completed", "cached"]


def test_a_step_switched_off_in_yaml_leaves_no_entry(project: Project) -> None:
    project.write("config.yaml", yaml_config(None, False, None)[0])
    project.load(source()).run(config_path=project.folder / "config.yaml")
    project.executed()
    project.load(source()).run()
    assert project.executed() == ["work"]


@pytest.mark.parametrize(("switch", "times"), [(None, 2), (True, 1), (False, 2)])
def test_a_step_with_a_context(switch: bool | None, times: int, project: Project) -> None:
    text = source(step=switch).replace("seed: int = 1", "context: StepContext, seed: int = 1")
    module = project.load(text)
    module.run()
    module.run()
    assert project.executed().count("work") == times


def test_both_places_in_yaml_must_agree(project: Project) -> None:
    project.write("config.yaml", yaml_config(None, False, True)[0])
    module = project.load(source())
    with pytest.raises(PipelineConfigurationError, match=r"`first` is set twice"):
        module.run(config_path=project.folder / "config.yaml")
    assert project.executed() == []
