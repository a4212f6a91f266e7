"""The script that zcompile was written for, and what it is expected to print."""

from __future__ import annotations

import re
from pathlib import Path

from projects import Project

SCRIPT = '''
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from zcompile.steps import BaseStepConfig, Output, step
from zcompile.pipelines import pipeline


@step
def digits_data_loader() -> Output(
    X_train=np.ndarray, X_test=np.ndarray, y_train=np.ndarray, y_test=np.ndarray
):
    """Loads the digits dataset as a tuple of flattened numpy arrays."""
    digits = load_digits()
    data = digits.images.reshape((len(digits.images), -1))
    X_train, X_test, y_train, y_test = train_test_split(
        data, digits.target, test_size=0.2, shuffle=False
    )
    return X_train, X_test, y_train, y_test


class SVCTrainerStepConfig(BaseStepConfig):
    """Trainer params"""
    gamma: float = 0.001


@step(enable_cache=False)  # never cache this step, always retrain
def svc_trainer(
    config: SVCTrainerStepConfig,
    X_train: np.ndarray,
    y_train: np.ndarray,
) -> ClassifierMixin:
    """Train a sklearn SVC classifier."""
    model = SVC(gamma=config.gamma)
    model.fit(X_train, y_train)
    return model


@pipeline
def first_pipeline(step_1, step_2):
    X_train, X_test, y_train, y_test = step_1()
    step_2(X_train, y_train)


first_pipeline_instance = first_pipeline(
    step_1=digits_data_loader(),
    step_2=svc_trainer()
)

# The pipeline is executed for the first time, so all steps are run.
first_pipeline_instance.run()

# Step one will use cache, step two will rerun due to the decorator config
first_pipeline_instance.run()

# The complete pipeline will be rerun
first_pipeline_instance.run(enable_cache=False)
'''

RUN_1 = """
Creating run for pipeline: first_pipeline
Cache enabled for pipeline first_pipeline
Using stack default to run pipeline first_pipeline...
Step digits_data_loader has started.
Step digits_data_loader has finished in 0.135s.
Step svc_trainer has started.
Step svc_trainer has finished in 0.109s.
Pipeline run first_pipeline-07_Jul_22-12_05_54_573248 has finished in 0.417s.
"""

RUN_2 = """
Creating run for pipeline: first_pipeline
Cache enabled for pipeline first_pipeline
Using stack default to run pipeline first_pipeline...
Step digits_data_loader has started.
Using cached version of digits_data_loader.
Step digits_data_loader has finished in 0.014s.
Step svc_trainer has started.
Step svc_trainer has finished in 0.051s.
Pipeline run first_pipeline-07_Jul_22-12_05_55_813554 has finished in 0.161s.
"""

RUN_3 = """
Creating run for pipeline: first_pipeline
Cache enabled for pipeline first_pipeline
Using stack default to run pipeline first_pipeline...
Runtime configuration overwriting the pipeline cache settings to enable_cache=False for this pipeline run. The default caching strategy is retained for future pipeline runs.
Step digits_data_loader has started.
Step digits_data_loader has finished in 0.078s.
Step svc_trainer has started.
Step svc_trainer has finished in 0.048s.
Pipeline run first_pipeline-07_Jul_22-12_05_56_718489 has finished in 0.219s.
"""  # noqa: E501


def lines(text: str) -> list[str]:
    """The lines of an output without what differs from run to run: seconds, and names of runs."""
    text = re.sub(r"\d+\.\d+s\.", "…s.", text)
    return re.sub(r"(first_pipeline)-\S+", r"\1-…", text).strip().splitlines()


def test_the_script_prints_what_is_expected(project: Project) -> None:
    project.write("script.py", SCRIPT)
    done = project.python("script.py")
    assert done.stderr == ""
    assert done.returncode == 0
    assert lines(done.stdout) == [*lines(RUN_1), *lines(RUN_2), *lines(RUN_3)]


def test_compiling_the_script_executes_nothing(project: Project) -> None:
    project.write("script.py", SCRIPT)
    done = project.python("-m", "zcompile", "script.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"written {Path('dags', 'first_pipeline.py')}\n")
    dag = (project.folder / "dags" / "first_pipeline.py").read_text()
    assert "digits_data_loader" in dag
    assert "svc_trainer" in dag
    assert not project.store.exists()
    assert not list(project.folder.rglob(".zcompile"))


VISUALIZER_IMPORT = """
from zcompile.integrations.dash.visualizers.pipeline_run_lineage_visualizer import (
    PipelineRunLineageVisualizer,
)
"""

VISUALIZE = """
latest_run = first_pipeline_instance.get_runs()[-1]
PipelineRunLineageVisualizer().visualize(latest_run)
"""


def test_the_script_that_shows_its_runs_needs_no_other_change(project: Project) -> None:
    shown = SCRIPT.replace(
        "from zcompile.pipelines import pipeline\n",
        "from zcompile.pipelines import pipeline\n\n" + VISUALIZER_IMPORT,
    )
    project.write("script.py", shown + VISUALIZE)
    done = project.python("script.py")
    assert done.returncode == 0, done.stderr
    assert re.search(r"http://127\.0\.0\.1:\d+/runs/first_pipeline/first_pipeline-", done.stdout)
