"""A pipeline as the runtime sees it: plain, frozen values that the compiler lowers to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct, field


class OutputRef(Struct, frozen=True):
    """An output of a step, as the input of another one."""

    step: str
    output: str

    def __str__(self) -> str:
        return f"{self.step}.{self.output}"


class Condition(Struct, frozen=True):
    """A test of an output's value, on which it depends whether a step runs.

    Attributes:
        source: The output.
        test: One of `zruntime.conditions.TESTS`.
        value: What it is compared with: plain JSON data; None for tests of truth.
    """

    source: OutputRef
    test: str
    value: Any = None

    def __str__(self) -> str:
        unary = self.test.startswith("is ")
        return (
            f"{self.source} {self.test}" if unary else f"{self.source} {self.test} {self.value!r}"
        )


class StepSpec(Struct, frozen=True):
    """One step of a pipeline, ready to be planned and executed.

    Attributes:
        name: The step's name in the pipeline; Airflow's task_id and the key in YAML.
        function: The step function's name, for logs.
        entrypoint: Where the step is found in the code bundle, as `module:name`.
        code: Digest of the step's code fingerprint.
        code_parts: Digest of each function, class and value that the fingerprint took in, by a
            readable label such as ``scale in features.py``.
        packages: Distributions that the code refers to; their versions are read where it runs.
        parameters: Plain JSON data.
        inputs: Which output each input takes its value from.
        outputs: Declared type of each output.
        materializers: Materializer of each output for which the author chose one, as
            `module:name`; its code is part of `code`.
        enable_cache: The step's own switch.
        cache_version: The author's own version of the step's results.
        cache_ttl: How old a stored result may be to be used, None for any age.
        files: Patterns of the files that it reads, as paths or URLs, which name parameters in
            braces.
        file_parameters: Where its parameters hold paths, as JSON pointers in which `*` stands for
            each item, and what they lead to: "file", "folder", or "any" for a path of either kind
            or another text.
        cache_func: Where the function is found whose answer enters its key, as `module:name`.
        mapped: The inputs that take one item of a list each, if the step is mapped: it then has an
            instance for each item, and each of its outputs is a list.
        optional: The inputs without which the step runs where the step they come from is skipped.
        when: On what it depends whether the step runs.
    """

    name: str
    function: str
    entrypoint: str
    code: str
    code_parts: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, OutputRef] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    materializers: Mapping[str, str] = field(default_factory=dict)
    enable_cache: bool = True
    cache_version: str = ""
    cache_ttl: timedelta | None = None
    files: tuple[str, ...] = ()
    file_parameters: Mapping[str, str] = field(default_factory=dict)
    cache_func: str = ""
    mapped: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    when: Condition | None = None

    @property
    def looks_outside(self) -> bool:
        """Whether its key takes more than code, parameters and inputs to know."""
        return bool(self.files or self.file_parameters or self.cache_func)

    @property
    def required(self) -> tuple[str, ...]:
        """The steps without which this one is skipped, each once, in order."""
        needed = [ref.step for name, ref in self.inputs.items() if name not in self.optional]
        if self.when is not None:
            needed.append(self.when.source.step)
        return tuple(dict.fromkeys(needed))


class PipelineSpec(Struct, frozen=True):
    """A pipeline: its steps in an order in which each comes after the steps it depends on."""

    name: str
    steps: tuple[StepSpec, ...]
    enable_cache: bool = True

    def step(self, name: str) -> StepSpec:
        """The step of that name.

        Raises:
            KeyError: if the pipeline has none.
        """
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def mapped_over(self) -> dict[str, tuple[str, ...]]:
        """The outputs whose items are inputs of mapped steps, by the step they are outputs of."""
        found: dict[str, dict[str, None]] = {}
        for step in self.steps:
            for name in step.mapped:
                ref = step.inputs[name]
                found.setdefault(ref.step, {})[ref.output] = None
        return {name: tuple(outputs) for name, outputs in found.items()}
