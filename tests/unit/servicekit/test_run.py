import json
from pathlib import Path

from servicekit.run import announce


def test_the_ready_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "ready.json"
    announce(file, {"pid": 7, "health": "http://127.0.0.1:1"})
    announce(file, {"pid": 8, "health": "http://127.0.0.1:2"})
    assert json.loads(file.read_bytes()) == {"pid": 8, "health": "http://127.0.0.1:2"}
    assert list(tmp_path.iterdir()) == [file]
