"""What depends on how Tray's unknowns are read, once more where all of them are read mildly."""

from collections.abc import Iterator

import pytest
from shop import shop_tray
from test_apply import (
    project,
    test_a_record_that_came_later_is_all_that_is_sent,
    test_a_rollback_deletes_what_its_run_created_and_nothing_else,
    test_a_second_run_leaves_everything_unchanged_and_makes_no_token,
    test_each_record_becomes_one_authentication_of_its_own_end_user,
    test_several_mappings_share_users_and_are_counted_apart,
    test_users_who_are_in_tray_are_found_and_not_made_again,
    test_verify_reads_each_back_with_one_token_a_user,
)

from trayimport.sandbox import Sandbox, readings

__all__ = [
    "project",
    "test_a_record_that_came_later_is_all_that_is_sent",
    "test_a_rollback_deletes_what_its_run_created_and_nothing_else",
    "test_a_second_run_leaves_everything_unchanged_and_makes_no_token",
    "test_each_record_becomes_one_authentication_of_its_own_end_user",
    "test_several_mappings_share_users_and_are_counted_apart",
    "test_users_who_are_in_tray_are_found_and_not_made_again",
    "test_verify_reads_each_back_with_one_token_a_user",
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The mild Tray."""
    with shop_tray(readings=readings(["all"])) as running:
        yield running
