from datetime import date
from itertools import permutations

from odoo.tests import BaseCase, tagged

from ..models.call_order import Call, order_calls
from ..models.route import Stop, get_distance, get_length, order_stops

#: Places on a line eastwards from Brussels, about seven kilometres apart.
LINE = [(50.85, 4.35 + 0.1 * number) for number in range(10)]


@tagged("post_install", "-at_install")
class TestRoute(BaseCase):
    def test_distance_in_kilometres(self):
        brussels, antwerp = (50.8503, 4.3517), (51.2194, 4.4025)
        self.assertAlmostEqual(get_distance(brussels, antwerp), 41.2, delta=0.5)
        self.assertEqual(get_distance(brussels, None), 0)

    def test_stops_on_a_line_are_driven_along_the_line(self):
        stops = [Stop(key=number, place=LINE[number]) for number in (5, 2, 9, 0, 7)]
        self.assertIn(order_stops(stops), ([0, 2, 5, 7, 9], [9, 7, 5, 2, 0]))

    def test_the_way_begins_near_the_origin(self):
        stops = [Stop(key=number, place=LINE[number]) for number in (5, 2, 9, 0, 7)]
        self.assertEqual(order_stops(stops, origin=LINE[9]), [9, 7, 5, 2, 0])

    def test_the_order_of_the_input_does_not_count(self):
        stops = [Stop(key=number, place=LINE[number]) for number in (5, 2, 9, 0)]
        orders = {tuple(order_stops(some)) for some in permutations(stops)}
        self.assertEqual(len(orders), 1)

    def test_never_longer_than_the_nearest_each_time(self):
        # the nearest one lures away to the west first: 2-opt repairs it
        places = {1: (50.85, 4.34), 2: (50.85, 4.37), 3: (50.85, 4.31), 4: (50.85, 4.42)}
        stops = [Stop(key=key, place=place) for key, place in places.items()]
        origin = (50.85, 4.35)
        found = get_length([origin, *(places[key] for key in order_stops(stops, origin=origin))])
        best = min(get_length([origin, *way]) for way in permutations(places.values()))
        self.assertAlmostEqual(found, best)

    def test_an_appointment_stays_at_its_hour(self):
        stops = [
            Stop(key=1, place=LINE[0], minutes=60),
            Stop(key=2, place=LINE[1], minutes=60),
            Stop(key=3, place=LINE[2], minutes=60),
            Stop(key=4, place=LINE[1], hour=11 * 60, minutes=60),
        ]
        ordered = order_stops(stops, begin=9 * 60)
        self.assertEqual(ordered.index(4), 2, "two hours before it hold two visits of an hour")

    def test_nothing_is_squeezed_before_an_early_appointment(self):
        stops = [
            Stop(key=1, place=LINE[0], minutes=60),
            Stop(key=2, place=LINE[1], hour=9 * 60 + 30, minutes=30),
        ]
        self.assertEqual(order_stops(stops, begin=9 * 60), [2, 1])

    def test_appointments_among_each_other_go_by_the_clock(self):
        stops = [Stop(key=1, hour=15 * 60), Stop(key=2, hour=9 * 60), Stop(key=3, hour=600)]
        self.assertEqual(order_stops(stops), [2, 3, 1])

    def test_unknown_places_come_last_by_area(self):
        stops = [
            Stop(key=1, area=("2000", "Antwerp")),
            Stop(key=2, area=("1000", "Brussels")),
            Stop(key=3, place=LINE[0], area=("9000", "Ghent")),
        ]
        self.assertEqual(order_stops(stops), [3, 2, 1])

    def test_unknown_places_fill_the_morning_before_an_appointment(self):
        stops = [
            Stop(key=1, area=("2000",), minutes=60),
            Stop(key=2, area=("1000",), minutes=60),
            Stop(key=3, hour=10 * 60, minutes=60),
        ]
        self.assertEqual(order_stops(stops, begin=9 * 60), [2, 3, 1])

    def test_no_stops(self):
        self.assertEqual(order_stops([]), [])

    def test_every_stop_once_in_a_large_day(self):
        stops = [
            Stop(
                key=number,
                place=(50 + (number * 37 % 100) / 100, 4 + (number * 61 % 100) / 100)
                if number % 3
                else None,
                hour=number * 7 % 600 + 480 if number % 10 == 0 else None,
            )
            for number in range(60)
        ]
        self.assertEqual(sorted(order_stops(stops)), list(range(60)))


@tagged("post_install", "-at_install")
class TestCallOrder(BaseCase):
    def ordered(self, *calls):
        return order_calls(reversed(calls))

    def test_overdue_before_everything(self):
        day = date(2024, 7, 3)
        self.assertEqual(
            self.ordered(
                Call(key=1, due=day, service_class="key", level=1),
                Call(key=2, due=day, is_overdue=True),
            ),
            [2, 1],
        )

    def test_class_level_value_and_day_in_this_order(self):
        early, late = date(2024, 7, 1), date(2024, 7, 3)
        calls = [
            Call(key=1, due=late, service_class="key", level=20),
            Call(key=2, due=late, service_class="standard", level=10, value_at_stake=9),
            Call(key=3, due=late, service_class="standard", level=30, value_at_stake=500),
            Call(key=4, due=early, service_class="standard", level=30, value_at_stake=100),
            Call(key=5, due=late, service_class="standard", level=30, value_at_stake=100),
            Call(key=6, due=early, service_class="basic", level=1, value_at_stake=900),
            Call(key=7, due=early),
        ]
        self.assertEqual(self.ordered(*calls), [1, 2, 3, 4, 5, 6, 7])
