from threading import Event

from jobs.commands import ahead


def counting(monkeypatch):
    """What was imported, and an event that is set once it was."""
    imported, done = [], Event()
    monkeypatch.setattr(ahead, "_import", lambda: (imported.append("code"), done.set()))
    return imported, done


def test_code_is_imported_once_where_many_files_are_landed_and_each_call_is_passed_on(monkeypatch):
    imported, done = counting(monkeypatch)
    seen = []
    tick = ahead.code_ahead(lambda *call: seen.append(call))
    for number in (1, 2, 3):
        tick("orders.csv", number, ahead.MANY_FILES)
    assert done.wait(10) and imported == ["code"]
    assert seen == [("orders.csv", number, ahead.MANY_FILES) for number in (1, 2, 3)]


def test_nothing_is_imported_for_a_few_files(monkeypatch):
    imported, _ = counting(monkeypatch)
    tick = ahead.code_ahead(lambda *call: None)
    tick("orders.csv", 1, ahead.MANY_FILES - 1)
    tick("a file without a total")
    assert imported == []


def test_what_cannot_be_imported_ahead_is_left_to_the_run(monkeypatch):
    monkeypatch.setattr(ahead.importlib, "import_module", lambda name: 1 / 0)
    ahead._import()  # raises nothing
