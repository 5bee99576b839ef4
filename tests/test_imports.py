import subprocess
import sys


def imported_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_the_library_pulls_in_nothing_heavy():
    heavy = {"torch", "matplotlib", "ipywidgets", "IPython", "onnx", "onnxruntime"}
    assert not heavy & imported_by("import covers_lib")
    assert not heavy & imported_by("from covers_lib.__main__ import main; main(['--help'])")


def test_training_needs_no_notebook_packages():
    names = ("runs", "evaluation", "explore", "pretrained", "images", "__main__")
    modules = imported_by("import " + ", ".join(f"covers_lib.{name}" for name in names))
    assert not {"matplotlib", "ipywidgets", "IPython", "onnx", "onnxruntime"} & modules
