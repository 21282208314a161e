from . import (
    test_install,
    test_life,
    test_mirror,
    test_my_day,
    test_plan,
    test_route,
    test_team_board,
    test_team_board_tour,
    test_uncovered,
    test_visit_brief,
)
