"""What is planted in the sample city: what a correct evaluation must find, and what it must not.

Belongs here: the content of `truth.json`, told from the plan.
Does not belong here: planning. Row numbers of broken rows and the list of odd files are added by the writer (`city`).
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl

from warehouse.sample.answers import CLASS_SHARE, forms_of, is_dip, office_trained_in
from warehouse.sample.courses import GOOD_BATCHES, SMALL, City
from warehouse.sample.deliveries import decisions
from warehouse.sample.world import INSTRUCTOR_NIP, RENAMED_UNIT, Row


def describe_truth(city: City) -> Row:
    """The truth of the city, by kind. Months are YYYY-MM; a list is empty where the city is too small or too short for it."""
    world = city.world
    programs = {program["program_code"]: program for program in world.programs}
    return {
        **evaluation_truth(city),
        "observed": {
            "employees": [str(world.months[0]), str(world.months[-1])],
            "training": [str(world.months[world.training_from]), str(world.months[-1])],
        },
        "methods": {code: program["methods"].split() for code, program in programs.items()},
        "seasonal_dip": [
            str(world.months[month]) for month in range(world.training_from, len(world.months)) if is_dip(world, month)
        ],
        "follow_ups": decisions(city),
        "versions": [
            {"program_code": code, "curriculum_version": "2", "from": str(world.months[begins])}
            for code, program in programs.items()
            if (begins := {"yes": world.revised_from, "minor": world.updated_from}.get(program["is_revised"]))
            is not None
        ],
        "lotteries": lotteries(city),
        "offices": offices(city),
        "projects": [
            {
                "project_id": project.project_id,
                "manager_trained_in": None if project.trained_in is None else str(world.months[project.trained_in]),
                "speeds_up": project.speeds_up,
            }
            for project in city.projects
        ],
        "classes": class_truth(city),
        "people": people_truth(city),
        "answers": answer_truth(city),
        "renamed_unit": {"unit_code": RENAMED_UNIT[0], "from": str(world.months[world.revised_from])},
        "instructor_with_nip": INSTRUCTOR_NIP,
    }


def evaluation_truth(city: City) -> Row:
    """Bad curricula, weak narasumber, effects, and how people came to programs without one."""
    world = city.world
    revised_from = str(world.months[world.revised_from])
    kinds = ("bad_curricula", "turned_bad", "real_effects", "no_effects", "too_few", "selection", "nominated_on_the_way_up",
             "entangled", "weak_instructors")  # fmt: skip
    truth: Row = {name: [] for name in kinds}
    for program in world.programs:
        code, effect = program["program_code"], program["effect"]
        if program["materi_dislike"]:
            fixed = ("2", revised_from) if program["is_revised"] == "yes" else (None, None)
            bad = {"program_code": code, "curriculum_version": "1", "aspect": "MATERI"}
            truth["bad_curricula"].append(bad | {"fixed_by_version": fixed[0], "fixed_from": fixed[1]})
        turned = [klass.class_id for klass in city.classes if klass.program is program and klass.is_turned]
        if turned:
            bad = {"program_code": code, "curriculum_version": "1", "aspect": "MATERI"}
            truth["turned_bad"].append(bad | {"good_batches": GOOD_BATCHES, "bad_classes": turned})
        if effect:
            truth["real_effects"].append({"program_code": code, "outcome": "numeric_score", "size": float(effect)})
        elif program["schedule"] == "advisers":
            truth["too_few"].append(code)
        else:
            truth["no_effects"].append(code)
        if program["assignment"] == "self_selected":
            truth["selection"].append(code)
        if program["pool"] == "rising":
            truth["nominated_on_the_way_up"].append(code)
        pooled = [
            other["program_code"] for other in world.programs if other["pool"] == program["pool"] and other["effect"]
        ]
        if pooled and not effect:
            truth["entangled"].append({"program_code": code, "with": pooled})
    truth["rarely_present"] = [program["program_code"] for program in world.programs if program["rarely_present"]]
    for label, instructor in sorted(world.weak.items()):
        own = [program for program in world.programs if program["weak_instructor"] == label]
        topic = next((program["hard_topic"] for program in own if program["hard_topic"]), None)
        codes = [program["program_code"] for program in own]
        truth["weak_instructors"].append({"instructor_id": instructor, "program_codes": codes, "hard_topic": topic})
    return truth


def lotteries(city: City) -> Row:
    """Places and losers per program, and which of them a lottery must show to work."""
    drawn: dict[str, Counter[str]] = {}
    for klass in city.classes:
        if len(klass.losers):
            count = drawn.setdefault(klass.program["program_code"], Counter())
            count.update(n_classes=1, n_places=len(klass.members), n_losers=len(klass.losers))
    works = [
        program["program_code"]
        for program in city.world.programs
        if program["effect"] and program["program_code"] in drawn
    ]
    return {
        "losers_are": "enrolments with the status not_drawn",
        "works": works,
        "programs": {code: dict(count) for code, count in drawn.items()},
    }


def offices(city: City) -> list[Row]:
    """Each service's office: when its own class was, and whether the public noticed."""
    found = []
    for service in city.world.services:
        month = office_trained_in(city, service["unit_code"]) if service["trained"] != "never" else None
        found.append(
            {
                "unit_code": service["unit_code"],
                "service": service["service"],
                "trained": service["trained"] if month is not None or service["trained"] == "never" else None,
                "from": None if month is None else str(city.world.months[month]),
                "satisfaction_rises": bool(service["rises"]) and month is not None,
            }
        )
    return found


def class_truth(city: City) -> Row:
    """Classes that are small, without a list, without hours, or asked on five points."""
    small = [klass.class_id for klass in city.classes if len(klass.members) <= SMALL[1]]
    return {
        "n": len(city.classes),
        "small": small,
        "without_list": [klass.class_id for klass in city.classes if not klass.has_list],
        "certificates_without_hours": [klass.class_id for klass in city.classes if not klass.has_hours],
        "n_on_five_points": sum(klass.scale == 5 for klass in city.classes),
    }


def people_truth(city: City) -> Row:
    """How often people come, who sits in two classes on one day, and who moves."""
    people, world = city.world.people, city.world
    spans = pl.DataFrame(
        [
            (who, klass.days[0].item(), klass.days[-1].item())
            for klass in city.classes
            for who in klass.members.tolist()
        ],
        schema=["person", "first", "last"],
        orient="row",
    ).sort("person", "first", "last")
    twice = spans.select((pl.col("first") <= pl.col("last").shift(1).over("person")).sum()).item()
    courses = np.minimum(spans.group_by("person").len()["len"].to_numpy(), 6)
    held = np.bincount(courses, minlength=7)
    months = np.arange(len(world.months))[:, None]
    employed = (people.joined <= months) & (months < people.left)
    moved = (people.unit[1:] != people.unit[:-1]) & employed[1:] & employed[:-1]
    promoted = (people.promoted < np.minimum(people.left, len(world.months))) & (people.promoted > people.joined)
    return {
        "courses": {
            "0": int(len(people.joined) - len(courses)), "1": int(held[1]), "2-5": int(held[2:6].sum()),
            "6+": int(held[6]),
        },
        "in_two_classes_at_once": int(twice),
        "transfers": int(moved.sum()),
        "promotions": int((promoted & (people.group >= 2)).sum()),
    }  # fmt: skip


def answer_truth(city: City) -> Row:
    """How the answers are made, and how many forms are straight lines or sent twice."""
    count: Counter[str] = Counter()
    for klass in city.classes:
        forms = forms_of(city, klass)
        straight = int(forms.is_straight.sum())
        count.update(forms=len(forms.who), straight_lines=straight, sent_twice=int(forms.is_repeat.sum()))
    return {
        "latent_class_share": CLASS_SHARE,
        **{f"n_{name}": count[name] for name in ("forms", "straight_lines", "sent_twice")},
    }
