"""A third of the table again while every allocation collects, freed memory is poisoned and heaps are verified."""
from __future__ import annotations

import pytest
from conftest import Table
from support import difference

CHOSEN = [
    "bif_atomics",
    "bif_convert",
    "bif_maps",
    "bif_persistent",
    "bits_build_int",
    "bits_context",
    "bits_float",
    "bits_match_int",
    "bits_sizes",
    "code_funs",
    "ets_bags",
    "ets_counter",
    "ets_owner",
    "ets_select",
    "io_lib_more",
    "io_p",
    "io_strings",
    "lang_catch",
    "lang_exceptions_in_calls",
    "lang_floats",
    "lang_funs",
    "lang_literals",
    "lang_maps_flat",
    "lang_maps_keys",
    "lang_maps_match",
    "lang_raise",
    "lang_receive",
    "lang_records",
    "lang_try",
    "num_abs_max",
    "num_float_text",
    "num_small_loops",
    "otp_collections",
    "otp_gen_event",
    "otp_gen_server",
    "otp_gen_statem",
    "otp_sys",
    "proc_alias",
    "proc_group_leader",
    "proc_hibernate",
    "proc_link",
    "proc_monitor",
    "proc_names",
    "proc_send",
    "proc_spawn",
    "term_atoms",
    "term_identifiers",
]


@pytest.mark.parametrize("name", CHOSEN)
def test_under_constant_collection(name: str, table: Table) -> None:
    erl = table.result(name, "erl")
    enigma = table.result(name, "enigma", stress=True, names=CHOSEN)
    if (enigma.how, enigma.text) != (erl.how, erl.text):
        pytest.fail(f"{difference(erl.text, enigma.text)}\nenigma ended: {enigma.how[:1500]}", pytrace=False)
