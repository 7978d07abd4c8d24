"""When it is measured, which step is kept, and when it stops by itself."""

from __future__ import annotations

from creative.training.job.course import Course


def make_course(steps: int = 20, patience: int = 2) -> Course:
    """Give a course of two passes of ten steps, each measured twice."""
    return Course(steps, 10.0, 2, patience)


def test_it_is_measured_evenly_and_at_the_end() -> None:
    course = make_course(steps=23)
    assert [step for step in range(1, 24) if course.is_due(step)] == [5, 10, 15, 20, 23]
    assert course.left(10) == 3


def test_a_step_is_kept_only_when_it_is_better_than_base_and_all_before() -> None:
    course = make_course()
    assert [course.add(step, loss) for step, loss in ((0, 4.0), (5, 3.5), (10, 3.5), (15, 3.4))] == [
        True,
        True,
        False,
        True,
    ]
    assert (course.best, course.learned) == (15, True)


def test_where_nothing_is_better_the_base_stays_the_best() -> None:
    course = make_course()
    course.add(0, 3.0)
    course.add(5, 3.1)
    assert (course.best, course.learned, course.is_over()) == (0, False, False)
    course.add(10, 3.00001)
    assert course.is_over()


def test_it_is_over_after_as_many_worse_measurements_as_the_patience() -> None:
    course = make_course(patience=2)
    for step, loss in ((0, 4.0), (5, 3.5), (10, 3.6)):
        course.add(step, loss)
    assert not course.is_over()
    course.add(15, 3.4)
    course.add(20, 3.5)
    assert not course.is_over()
    course.add(25, 3.41)
    assert course.is_over()


def test_patience_of_nothing_never_stops() -> None:
    course = make_course(patience=0)
    for step in range(0, 100, 5):
        course.add(step, 3.0 + step)
    assert not course.is_over()


def test_a_course_is_taken_up_where_it_was_noted() -> None:
    course = make_course()
    course.add(0, 4.0)
    course.add(5, 3.5)
    other = make_course()
    other.restore(course.to_json())
    assert (other.losses, other.best) == (course.losses, 5)
