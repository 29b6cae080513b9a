"""PCL-lite's task files: converted, they are checked like any other module. The files here are the tests' own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from step.check import check
from step.convert import ConvertError, from_pcl_lite
from step.convert.pcl_code import function_code, snippet_code
from step.convert.pcl_types import dim_text, symbols_of, type_text
from step.simulate.verify import verify
from step.source import read

FILES = sorted((Path(__file__).parent / "pcl").glob("*.yaml"))


def without(text: str, *keys: str) -> str:
    document = yaml.safe_load(text)
    for key in keys:
        del document[key]
    return yaml.safe_dump(document)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_solved_file_passes_both_checks(path: Path) -> None:
    pytest.importorskip("torch")
    text, _ = from_pcl_lite(path.read_text())
    module = read(text, "m.py")
    (found,) = check(module)
    assert not [one for one in found.diagnostics if one.severity == "error"], text
    report = verify(text, "m.py", found.operator.name)
    assert report.ok, report.message
    assert report.float32_error is not None and report.float32_error < 1e-4


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_without_impl_it_is_a_hole_with_the_same_specification(path: Path) -> None:
    solved, _ = from_pcl_lite(path.read_text())
    text, fixes = from_pcl_lite(without(path.read_text(), "impl"))
    (operator,) = read(text).operators
    (other,) = read(solved).operators
    assert operator.is_hole and fixes == ()
    assert operator.specification is not None
    assert operator.specification == other.specification


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_wrong_program_fails(path: Path) -> None:
    pytest.importorskip("torch")
    wrong = {
        "scaled_rows": ("return [\n          row / peak,", "return [\n          row / (peak + 1e-5),"),
        "running_moments": ("+ eps)]", "+ 2 * eps)]"),
        "two_experts": ("[fn_expert0, fn_expert1]", "[fn_expert1, fn_expert0]"),
        "angles": ("init: [-1]", "init: [0]"),
    }
    old, new = wrong[path.stem]
    assert old in path.read_text()
    text, _ = from_pcl_lite(path.read_text().replace(old, new))
    report = verify(text, "m.py", read(text).operators[0].name)
    assert report.status == "failed"


def test_copies_are_inserted_where_a_stream_is_used_twice() -> None:
    text, fixes = from_pcl_lite((Path(__file__).parent / "pcl" / "two_experts.yaml").read_text())
    assert len(fixes) == 1 and "E1" in fixes[0].reason
    assert "step.Copy().apply(E1)" in text


def test_code_keeps_its_comments() -> None:
    text, _ = from_pcl_lite((Path(__file__).parent / "pcl" / "scaled_rows.yaml").read_text())
    assert "    # a list that is made before it is returned" in text


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("return [input[0]]", ["return input[0]"]),
        ("return [a, b]  # both", ["return (a, b)  # both"]),
        ("x = [1]\nreturn [x[0] + 1]", ["x = [1]", "return x[0] + 1"]),
        ("return [a] if c else [b]", ["return a if c else b"]),
        ("return [a if c else b]", ["return (a if c else b)"]),
        ("if c:\n    return [a]\nreturn [b]", ["if c:", "    return a", "return b"]),
        ("return [\n    a +\n    b\n]", ["return (", "    a +", "    b", ")"]),
        ("return [a,]", ["return a"]),
        ("return [\n    (a)  # b, c\n    ,\n]", ["return (", "    (a)  # b, c", "", ")"]),
        ("return [ü, 'é']", ["return (ü, 'é')"]),
    ],
)
def test_returned_lists_become_what_the_language_wants(code: str, lines: list[str]) -> None:
    found = function_code(code, "f")
    assert (list(found.lines), found.lists) == (lines, False)


@pytest.mark.parametrize("code", ["return x", "r = [a]\nreturn r", "return [*a]", "return list(x)", "return"])
def test_lists_that_are_not_written_out_are_opened_after_the_call(code: str) -> None:
    assert function_code(code, "f").lists


def test_functions_inside_functions_return_what_they_like() -> None:
    code = "def g(x):\n    return x\nreturn [g(input[0])]"
    assert not function_code(code, "f").lists


def test_the_last_statement_of_a_snippet_is_its_value() -> None:
    assert snippet_code("a = 1\na + 1", "r", "s") == ["a = 1", "r = a + 1"]
    assert snippet_code("a = 1", "r", "s") == ["a = 1", "r = a"]
    assert snippet_code("a; (a +\n b)", "r", "s") == ["a; r = (a +", " b)"]


@pytest.mark.parametrize("snippet", ["", "for a in b:\n    pass", "a +"])
def test_a_snippet_without_a_value(snippet: str) -> None:
    with pytest.raises(ConvertError):
        snippet_code(snippet, "r", "s")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("fp32", "f32"),
        ("float", "f32"),
        ("int64", 'Scalar("i64")'),
        ("Buffer(fp32, [D, N])", "Buffer(f32, [D, N])"),
        ("Buffer(Multihot(fp32, M), [E])", "Buffer(Multihot(f32, M), [E])"),
        ("Buffer(fp32, [N*K])", "Buffer(f32, [N * K])"),
        (("fp32", "Buffer(fp32, [3])"), "(f32, Buffer(f32, [3]))"),
    ],
)
def test_types(written: str | tuple[str, ...], text: str) -> None:
    assert type_text(written) == text


@pytest.mark.parametrize(
    "written", ["", "fp33", "Buffer(fp32)", "Buffer(fp32, D)", "__import__('os')", "Buffer(fp32, [f()])", "(", "3"]
)
def test_what_is_no_type(written: str) -> None:
    with pytest.raises(ConvertError):
        type_text(written)


def test_symbols_and_dims() -> None:
    assert symbols_of(("fp32", "Buffer(Multihot(fp32, M), [E, N*K, 3])")) == ["M", "E", "N", "K"]
    assert dim_text("N*K") == "N * K"
    with pytest.raises(ConvertError):
        dim_text("N+1")


GOOD = (Path(__file__).parent / "pcl" / "two_experts.yaml").read_text()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("inputs"), "no inputs"),
        (lambda d: d.pop("test_name"), "no test_name"),
        (lambda d: d.update(extra=1), "unknown key 'extra'"),
        (lambda d: d.update(inputs=[]), "at least one input"),
        (lambda d: d.update(inputs={"a": 1}), "inputs must be a list"),
        (lambda d: d.update({"global": "E_value = ("}), "global does not parse"),
        (lambda d: d.update({"global": ""}), "dimension E has no size"),
        (lambda d: d["inputs"][0].update(data_gen="torch.zeros"), "data_gen is one of"),
        (lambda d: d["inputs"][0].update(dtype="Buffer(fp32)"), "not a type"),
        (lambda d: d["inputs"][0].update(name="1x"), "not a name"),
        (lambda d: d["inputs"][0].update(name="E1"), "used twice"),
        (lambda d: d["inputs"][1].update(min=3), "0 ≤ min ≤ max"),
        (lambda d: d["inputs"][1].update(min="a"), "whole number"),
        (lambda d: d["fns"][0].update(apply="return ["), "fn_expert0 does not parse"),
        (lambda d: d["fns"][0].pop("output_dtype"), "no output_dtype"),
        (lambda d: d["fns"][2].update(init=[0, 0]), "one a field"),
        (lambda d: d["fns"][2].update(init=["a"]), "numbers, or -inf"),
        (lambda d: d["outputs"][0].update(data_transform=[]), "list of PyTorch snippets"),
        (lambda d: d["outputs"][0].update(data_transform=["a", "b"]), "2 snippets"),
        (lambda d: d["outputs"][0].update(dims=["N+1"]), "not a dimension"),
    ],
)
def test_a_mistake_is_told_with_its_place(change: object, words: str) -> None:
    document = yaml.safe_load(GOOD)
    change(document)  # type: ignore[operator]
    with pytest.raises(ConvertError, match=words.replace("(", r"\(").replace(".", r"\.")):
        from_pcl_lite(yaml.safe_dump(document))


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "!!python/object/apply:os.system ['true']", "[" * 2000])
def test_what_is_no_task_file(text: str) -> None:
    with pytest.raises(ConvertError):
        from_pcl_lite(text)
