"""What people wrote in six months: small things, in plain words, from different hands.

A story is a sequence of notes about one child; `by` is who supports the child in that way. Between
stories stand single notes, of which most days are made. Names and words in braces are the child's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One note of a story, some days after it begins; `then` is what others did with it.

    Each of `then` is a role and "noticed too", "acted on", "differs: ..." or a reply's text.
    """

    day: int
    by: str
    kind: str
    saw: str = ""
    thinks: str = ""
    whose: str = ""
    worried: int | None = None
    contact: str | None = None
    seen: str | None = None
    categories: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    then: tuple[tuple[str, str], ...] = ()


def worry(day: int, by: str, saw: str, thinks: str = "", **more: object) -> Step:
    """Make a worry."""
    return Step(day, by, "worry", saw, thinks, **more)  # type: ignore[arg-type]


def contact(day: int, by: str, how: str, saw: str, thinks: str = "", **more: object) -> Step:
    """Make a contact."""
    return Step(day, by, "contact", saw, thinks, contact=how, **more)  # type: ignore[arg-type]


def strength(day: int, by: str, saw: str, thinks: str = "", **more: object) -> Step:
    """Make a strength."""
    return Step(day, by, "strength", saw, thinks, **more)  # type: ignore[arg-type]


# Stories about one child whom the demo shows first.
AMARA: Sequence[Step] = (
    contact(
        2,
        "sw",
        "visit",
        "First visit at home with Mum. Amara showed me her reading book and her brother's cot. "
        "There was food in, the flat was warm, and Mum had letters from the landlord on the table.",
        "Mum seemed glad somebody came. She looked tired.",
        seen="seen",
    ),
    strength(
        9,
        "pastoral",
        "Amara joined breakfast club and came four mornings out of five. She helps the little ones "
        "with their spoons.",
    ),
    worry(
        23,
        "teacher",
        "Amara fell asleep at her table twice before lunch.",
        "Not like her.",
        worried=3,
        then=(("pastoral", "noticed too"),),
    ),
    contact(
        26,
        "pastoral",
        "call",
        "Rang Mum about Amara being tired. Mum says Jude is up at night with his cough and they all "
        "share a room now, because the other bedroom is damp.",
    ),
    worry(
        31,
        "housing",
        "Called about the boiler. Black mould along the outside wall of the back bedroom, and the "
        "extractor does not work. Mattress moved into the front room.",
        "This will not mend itself before winter.",
        categories=("home",),
        then=(
            ("sw", "acted on"),
            ("hv", "Jude has been to the surgery three times with that chest."),
        ),
    ),
    contact(
        44,
        "hv",
        "visit",
        "Two-year check for Jude, a little late. Growing well. Chest clear today. Amara was at "
        "school.",
        seen="not seen",
    ),
    strength(
        52,
        "sw",
        "Grandma Grace now has the children every Saturday. Amara drew the three of them at the "
        "harbour and gave me the drawing.",
        "This matters to both children.",
    ),
    worry(
        66,
        "pastoral",
        "Not collected until 4.05. Mum came running, said the bus had not come. Third time this "
        "half term.",
        worried=3,
        categories=("school",),
        then=(("teacher", "noticed too"), ("sw", "I will ask Mum about the bus on Thursday.")),
    ),
    contact(
        69,
        "sw",
        "visit",
        "Talked with Mum about the late collections. Her shift ends at half past three. She asked "
        "the manager for an earlier one and is waiting.",
        seen="seen",
    ),
    contact(
        80,
        "sw",
        "meeting",
        "Child in need meeting at school. Mum, Grandma, Priya Osei, Hana Vale and I. Agreed: after-school "
        "club on three days, Grandma on one, housing to give a date for the wall.",
    ),
    strength(
        94,
        "teacher",
        "Amara read her story about the lighthouse to the whole class. First time she put her hand "
        "up to do it.",
        then=(("sw", "Lovely. I will tell Mum I heard."),),
    ),
    worry(
        109,
        "gp",
        "Third chest infection for Jude since summer. I have written to the landlord.",
        categories=("health",),
        then=(("hv", "acted on"),),
    ),
    worry(
        118,
        "pastoral",
        "No coat again today, and it was raining. Amara said it was in the wash.",
        "Second time this week. She laughed it off a bit too quickly.",
        whose="Amara: 'It's in the wash, it's fine.'",
        worried=3,
        categories=("neglect",),
        then=(("teacher", "noticed too"),),
    ),
    contact(
        121,
        "pastoral",
        "call",
        "Rang Mum, no answer, left a message about the spare coats we have here.",
    ),
    contact(
        123,
        "sw",
        "missed appointment",
        "Nobody in at the time we had agreed. Curtains drawn. Left a card.",
        seen="not seen",
    ),
    contact(
        125,
        "sw",
        "visit",
        "Went back in the morning. Mum apologised, she had mixed up the days. Amara was dressed for "
        "school and told me about the school rabbit. I saw her on her own for ten minutes.",
        "Mum's mood is lower than in the summer.",
        seen="seen alone",
    ),
    worry(
        139,
        "teacher",
        "Amara asked whether she may take home the fruit that was left over, 'for later'.",
        worried=4,
        categories=("neglect",),
        then=(("pastoral", "noticed too"), ("hv", "noticed too")),
    ),
    strength(
        146,
        "hv",
        "Mum came to the weigh-in with Jude on her own idea and stayed for the cooking group.",
    ),
    worry(
        151,
        "ta",
        "Amara told me at lunch that Grandma is in hospital.",
        whose="Amara: 'Grandma fell and now there is no Saturday.'",
    ),
    contact(
        153,
        "sw",
        "call",
        "Rang Mum. Grandma broke her wrist and is home again on Monday. Mum has nobody for Saturdays "
        "until then. Asked Early Help about the Saturday club.",
    ),
    worry(
        161,
        "housing",
        "The contractor was at the door twice and nobody answered. If they miss a third date the "
        "job goes back to the end of the list.",
        categories=("home",),
        then=(("sw", "Give me the date, I will be there myself."),),
    ),
    worry(
        168,
        "pastoral",
        "Collected at 3.50 by a man I do not know. Amara ran to him. He said he is a friend of "
        "Mum's, Lee. He was not on the list, so I rang Mum, who said it was all right.",
        "Amara seemed happy. I would still like to know who he is.",
        worried=5,
        then=(
            ("teacher", "He waited by the gate last Thursday too."),
            ("sw", "acted on"),
        ),
    ),
    contact(
        171,
        "sw",
        "visit",
        "Mum says Lee is a friend from work who helps with lifts. He was not there. Two cans on the "
        "worktop, otherwise tidy. Amara showed me her new trainers.",
        "Mum answered shortly. I want to meet him.",
        seen="seen",
    ),
    worry(
        176,
        "teacher",
        "Amara was quiet all morning and cried when another child tipped her water over.",
        worried=4,
        categories=("emotional",),
        then=(("pastoral", "noticed too"),),
    ),
    strength(
        178,
        "pastoral",
        "Grandma collected her today, arm in a sling. Amara carried her bag the whole way.",
    ),
    worry(
        181,
        "pastoral",
        "No coat this morning, two degrees outside. I gave her one of ours and she kept it on in "
        "class.",
        "That is the third time I know of.",
        worried=5,
        categories=("neglect",),
        then=(("teacher", "noticed too"),),
    ),
)

THEO: Sequence[Step] = (
    contact(
        4,
        "hv",
        "visit",
        "Theo is two. Weight on his line. Poppy showed me how he stacks cups.",
        seen="seen",
    ),
    worry(
        20,
        "nursery",
        "Theo was breathless after the garden today. He settled after ten minutes.",
        categories=("health",),
        then=(("hv", "acted on"),),
    ),
    contact(
        27,
        "hv",
        "call",
        "Rang Dawn. Theo is booked with the heart clinic for the 14th.",
        categories=("health",),
    ),
    contact(
        62,
        "sw",
        "call",
        "Mark rang. Theo died in hospital last night. His heart. Both parents and "
        "Poppy were with him.",
        "I will be with them tomorrow. Please nobody rings them today.",
    ),
)

POPPY: Sequence[Step] = (
    contact(
        66,
        "sw",
        "visit",
        "Sat with Dawn, Mark and Poppy. Poppy asked who will use his cup now.",
        "They hold each other up. They need quiet, and one person who rings.",
        seen="seen",
    ),
    strength(
        80,
        "pastoral",
        "Poppy is back at school three mornings. She chose her own corner and two "
        "friends go with her.",
    ),
    worry(
        101,
        "teacher",
        "Poppy told the class that Theo is on holiday. When a child said he is dead "
        "she hid under the table.",
        worried=4,
        categories=("emotional",),
        then=(("pastoral", "I will sit with her on Thursday."),),
    ),
    contact(
        112,
        "pastoral",
        "meeting",
        "Dawn and Mark came in. Grief group begins after half term. Dawn "
        "would like to hear of good days too, not only bad ones.",
    ),
    strength(130, "teacher", "Poppy brought a photograph of Theo and told everybody his name."),
    strength(163, "sw", "Dawn rang to say they slept, all three, for the first time since summer."),
)

UNBORN: Sequence[Step] = (
    contact(
        0,
        "hv",
        "visit",
        "Antenatal visit. Shanice is 29 weeks. She has a cot from her aunt and is "
        "afraid of the birth, because of last time.",
        seen="not seen",
    ),
    strength(12, "hv", "Shanice came to all three classes, with her aunt."),
    contact(
        25,
        "sw",
        "meeting",
        "Pre-birth meeting. Plan agreed: aunt stays for the first two weeks, "
        "Hana visits on day two.",
    ),
)

NOOR: Sequence[Step] = (
    contact(
        8,
        "sw",
        "visit",
        "Saw Noor and Idris in their new place. Samira has changed her number. Ask me for it.",
        "She checks the window often.",
        seen="seen alone",
    ),
    worry(
        33,
        "pastoral",
        "A man rang the office and asked whether Noor is a pupil here. The office said "
        "nothing. He did not give his name.",
        worried=8,
        then=(("sw", "acted on"),),
    ),
    strength(
        58, "teacher", "Noor slept over at a friend's for the first time. Her mother said yes."
    ),
    contact(
        90,
        "sw",
        "visit",
        "Samira has begun the English course. Noor translates less.",
        seen="seen alone",
    ),
    worry(
        140,
        "pastoral",
        "Noor will not go out at break on Fridays.",
        whose="Noor: 'Friday is when he used to come.'",
        worried=5,
        categories=("emotional",),
        then=(("sw", "I will come on Friday."),),
    ),
    strength(
        166,
        "sw",
        "Noor won the spelling prize and asked that her picture is not in the paper. She "
        "decided that herself.",
    ),
)

# Stories that can happen to a child of some age: for whom, and the notes.
ARCS: Sequence[tuple[str, int, int, Sequence[Step]]] = (
    (
        "late mornings",
        4,
        11,
        (
            worry(
                0,
                "teacher",
                "{c} came in at 9.40, the fourth time in two weeks, and had not eaten.",
            ),
            contact(
                2,
                "pastoral",
                "call",
                "Rang {mum}. Her alarm is her phone and the phone is broken. "
                "She laughed and then she did not.",
            ),
            strength(9, "pastoral", "We lent the family an alarm clock. On time all week."),
            worry(
                30,
                "teacher",
                "{c} is late again, today at 10. {She} said {she} let {herself} in last "
                "night because nobody was home.",
                worried=5,
                categories=("neglect",),
                then=(("sw", "I am there on Wednesday."),),
            ),
            contact(
                34,
                "sw",
                "visit",
                "{mum} has a second job, cleaning, from five to nine. A neighbour "
                "looks in. {c} knows which door to knock at.",
                "It is thin, and it holds.",
                seen="seen alone",
            ),
            strength(
                60, "teacher", "{c} has been on time for three weeks and told me so {herself}."
            ),
        ),
    ),
    (
        "bruise explained two ways",
        3,
        10,
        (
            worry(
                0,
                "teacher",
                "Bruise on {c}'s upper arm, about the size of a coin. {She} said {she} fell "
                "off the bunk.",
                worried=5,
                categories=("physical",),
            ),
            worry(
                1,
                "pastoral",
                "{mum} said at the gate that {c} walked into a door.",
                "Two stories. It may be nothing.",
                worried=6,
                categories=("physical",),
                then=(("sw", "acted on"),),
            ),
            contact(
                2,
                "sw",
                "visit",
                "Saw {c} at home, and on {her} own. The bunk has no rail. {She} showed "
                "me how {she} fell. {mum} had not known.",
                "I believe {her}.",
                seen="seen alone",
            ),
            strength(12, "sw", "The rail is up. {mum} sent me a picture."),
        ),
    ),
    (
        "hungry",
        4,
        12,
        (
            worry(
                0,
                "teacher",
                "{c} ate other children's crusts at lunch.",
                worried=4,
                categories=("neglect",),
                then=(("pastoral", "noticed too"),),
            ),
            contact(
                3,
                "pastoral",
                "call",
                "{mum}'s benefit was stopped by mistake. Food bank voucher "
                "given, and the form for free meals done together.",
            ),
            strength(17, "pastoral", "Free meals are through. {c} asked for seconds."),
            contact(
                25, "eh", "visit", "Went through the bills with {mum}. The worst is the meter."
            ),
        ),
    ),
    (
        "weight",
        0,
        3,
        (
            contact(
                0,
                "hv",
                "visit",
                "{c} has dropped a line on the chart. Feeding is hard work, {mum} is "
                "on her own at night.",
                seen="seen",
                categories=("health",),
            ),
            contact(
                7,
                "hv",
                "visit",
                "Weighed again: the same. {mum} in tears.",
                "She needs sleep more than advice.",
                seen="seen",
                categories=("health",),
            ),
            strength(14, "hv", "{mum}'s sister came for the week. {c} gained 210 grams."),
            contact(
                30,
                "hv",
                "visit",
                "Back on the line. {mum} had questions of her own this time.",
                seen="seen",
            ),
        ),
    ),
    (
        "missed checks",
        0,
        4,
        (
            contact(
                0,
                "hv",
                "missed appointment",
                "Not at home for the review. Second time.",
                seen="not seen",
            ),
            worry(
                5,
                "nursery",
                "{c} has not been for eight days. The phone is off.",
                worried=4,
                then=(("hv", "noticed too"),),
            ),
            contact(
                8,
                "hv",
                "visit",
                "Found them at grandmother's. All well, chickenpox. {mum}'s phone was cut off.",
                seen="seen",
            ),
        ),
    ),
    (
        "quiet at nursery",
        2,
        4,
        (
            worry(
                0,
                "nursery",
                "{c} sits by the door most mornings with {her} coat on.",
                "Waiting for somebody.",
            ),
            strength(10, "nursery", "{c} took {her} coat off by {herself} and painted a fish."),
            worry(
                24,
                "nursery",
                "Flinched when a chair fell. Looked at me, not at the chair.",
                "I cannot say why it stays with me.",
                worried=3,
            ),
            contact(
                27,
                "hv",
                "visit",
                "Loud street, works outside since May. {mum} says {she} jumps at everything.",
                seen="seen",
                then=(("nursery", "That would explain it. I will keep an eye open."),),
            ),
        ),
    ),
    (
        "out late",
        12,
        17,
        (
            worry(
                0,
                "police",
                "{c} was with four older boys by the bus station at 23.30. Taken home. {mum} "
                "did not know {she} was out.",
                categories=("missing",),
                worried=6,
            ),
            worry(
                3,
                "pastoral",
                "New phone, which {she} says was a present. Will not say from whom.",
                worried=6,
                categories=("exploitation",),
                then=(("youth", "noticed too"),),
            ),
            contact(
                6,
                "youth",
                "meeting",
                "{c} came to the club and stayed to the end. Did not want to talk "
                "about the phone, and came back to it twice.",
                "Somebody is being kind to {her} for a reason.",
                seen="seen alone",
            ),
            worry(
                15,
                "police",
                "Stopped in a car with a man of 24. No offence. The car is known to us.",
                worried=7,
                categories=("exploitation", "offences"),
                then=(("sw", "acted on"),),
            ),
            contact(
                18,
                "sw",
                "visit",
                "{c} would only talk in the car. {She} owes somebody forty pounds.",
                seen="seen alone",
            ),
            strength(
                40,
                "youth",
                "{c} has the Saturday job at the boatyard. Gave the phone to {her} mother "
                "to look after.",
            ),
        ),
    ),
    (
        "not eating, not sleeping",
        10,
        16,
        (
            worry(
                0, "teacher", "{c} wears a jumper in this heat and will not take it off for games."
            ),
            worry(
                8,
                "pastoral",
                "{She} asked whether what you tell a teacher is always passed on.",
                "I said what I must say, and that I would be there.",
                worried=6,
                categories=("emotional",),
            ),
            contact(
                10,
                "pastoral",
                "meeting",
                "Sat with {c} for an hour. {She} told me about the nights. "
                "{mum} is coming in tomorrow.",
                seen="seen alone",
                worried=7,
            ),
            contact(
                13,
                "gp",
                "meeting",
                "Seen with {mum}. Plan made, next appointment in a week.",
                categories=("health",),
                seen="seen",
            ),
            strength(45, "teacher", "{c} laughed today, out loud, in maths of all places."),
        ),
    ),
    (
        "a father comes back",
        3,
        13,
        (
            worry(
                0,
                "pastoral",
                "{c} says Dad is sleeping on the sofa again.",
                whose="{c}: 'He's only there till he finds somewhere.'",
            ),
            worry(
                9,
                "police",
                "Called by a neighbour to shouting at the address. Both adults said it was "
                "the television. Children upstairs, seen, not hurt.",
                worried=6,
                categories=("domestic-abuse",),
                then=(("pastoral", "noticed too"),),
            ),
            contact(
                11,
                "sw",
                "visit",
                "{mum} says he has gone to his brother's. His boots are in the hall.",
                "I think she is saying what she can.",
                seen="seen",
            ),
            strength(30, "sw", "{mum} rang me by herself and asked what help there is."),
        ),
    ),
    (
        "a carer of nine",
        8,
        14,
        (
            worry(
                0,
                "teacher",
                "{c} keeps {her} phone on the desk. {She} says {mum} might need {her}.",
            ),
            contact(
                6,
                "adults",
                "visit",
                "Assessment with {mum}. {c} does the tablets and the shopping and "
                "knows the list by heart.",
                "Nobody has told {her} {she} is good at it, and nobody "
                "has told {her} {she} need not be.",
            ),
            contact(14, "eh", "meeting", "{c} came to the young carers' group with a friend."),
            strength(
                28,
                "eh",
                "A carer now comes mornings. {c} slept through registration's bell and was "
                "delighted.",
            ),
        ),
    ),
    (
        "cold flat",
        0,
        12,
        (
            worry(
                0,
                "housing",
                "No heating since Friday. Two electric heaters running, windows wet.",
                categories=("home",),
            ),
            contact(2, "housing", "visit", "Engineer came. The part is on order, ten days."),
            worry(
                5,
                "sw",
                "They all sleep in one room. {c} coughs.",
                categories=("home",),
                then=(("hv", "noticed too"),),
            ),
            strength(
                14,
                "housing",
                "Heating is back. {c} put {her} hand on the radiator and kept it there.",
            ),
        ),
    ),
    (
        "looking after a dog",
        5,
        12,
        (
            strength(
                0,
                "teacher",
                "{c} wrote two pages about the neighbour's dog. That is two more than ever.",
            ),
            contact(
                10,
                "sw",
                "visit",
                "{c} and I walked the dog. It is easier for {her} to talk walking.",
                seen="seen alone",
            ),
            strength(33, "pastoral", "{c} is school-dog helper now, Tuesdays."),
        ),
    ),
    (
        "the same clothes",
        4,
        9,
        (
            worry(
                0,
                "teacher",
                "Same shirt since Monday, and it smells of smoke.",
                categories=("neglect",),
            ),
            worry(11, "ta", "Other children will not sit with {c} at lunch."),
            contact(
                13,
                "pastoral",
                "call",
                "The washing machine broke in spring. {mum} washes in the bath. "
                "Asked the charity for a machine.",
            ),
            strength(
                35, "teacher", "{c} has friends at the table again. Machine came on Saturday."
            ),
        ),
    ),
    (
        "words that are not a child's",
        5,
        10,
        (
            worry(
                0,
                "teacher",
                "{c} used words for body parts in a game that I would not expect at that age.",
                "I wrote down exactly what {she} said and asked nothing.",
                worried=7,
                categories=("sexual",),
                audience=("social-care", "school"),
                then=(("sw", "Thank you for not asking {her}. We meet at two."),),
            ),
            contact(
                1,
                "sw",
                "meeting",
                "Talked with police and school. Visit today, with Lena.",
                categories=("sexual",),
                audience=("social-care", "police", "school"),
            ),
            contact(
                3,
                "sw",
                "visit",
                "An older cousin showed {her} films on his phone. {mum} is shocked, "
                "and clear: he does not come again.",
                seen="seen alone",
                categories=("sexual",),
                audience=("social-care", "police", "school"),
            ),
        ),
    ),
)

# Single notes by role and kind. The same child hears the same sentence once at most.
SINGLES: Mapping[tuple[str, str], Sequence[str]] = {
    ("sw", "contact"): (
        "Visit at home. {c} showed me {her} room. Tidy, warm, drawings on the wall.",
        "Home visit. {mum} was cooking, {c} did homework at the table. We talked about school.",
        "Visited after school. {c} wanted to play cards and won twice.",
        "Short visit. {mum} had to leave for work; {c}'s aunt was there.",
        "Rang {mum}. The appointment went well and she is relieved.",
        "Visit. The television was loud and {mum} kept her coat on. We went for a walk instead.",
        "Statutory visit. Looked at the bedroom and the fridge, both fine.",
        "Visit with the student. {c} explained to her what a social worker does. Quite right, too.",
        "Talked with {mum} on the doorstep. She did not want me in today. Agreed Thursday.",
        "Visit. {c} has a new bed and slept in it 'like a king'.",
        "Met at the park at {c}'s wish. {She} ate two ice creams and told me about the holidays.",
        "Visit. {mum} showed me the letter from court. She had read it twice and not understood it.",
        "Review meeting. Everybody came. {c}'s own wish was read out first.",
        "Rang to say happy birthday. {c} is having six children and a bouncy castle.",
    ),
    ("sw", "worry"): (
        "{mum} said she has not slept for days and cannot say why.",
        "The lock on the front door is broken and has been for a week.",
        "{c} would not look at me today. Last time {she} would not let me leave.",
        "Rubbish in the hallway up to the knee. {mum} said her brother was to fetch it.",
        "A different man answered the door. He said he was the plumber. He had no tools.",
    ),
    ("sw", "strength"): (
        "{mum} got the job. {c} told me before she could.",
        "They have dinner at a table now. It came from the neighbours.",
        "{mum} rang me before it went wrong, not after.",
        "{c} and {her} grandmother have planted beans on the balcony.",
    ),
    ("pastoral", "contact"): (
        "Rang {mum} about the trip. She would like to pay in three parts. Fine.",
        "{mum} came to the coffee morning.",
        "Check-in with {c}. Friday is {her} best day, Monday {her} worst.",
        "Meeting with {mum} about attendance: 91 per cent, up from 84.",
        "Walked {c} to class. We count the steps; there are 212.",
        "Rang home. Nobody answered all day.",
    ),
    ("pastoral", "worry"): (
        "Not collected at 3.15. An uncle came at 3.45.",
        "{c} hid in the cloakroom during assembly.",
        "{c} said there was shouting last night and put {her} hands over {her} ears to show me.",
        "Lunch box empty for the second day.",
        "{c} gave away {her} trainers and will not say to whom.",
        "Three days absent without a call.",
        "{c} said {she} does not want to go home for the holidays.",
    ),
    ("pastoral", "strength"): (
        "{c} said sorry first, without anybody asking.",
        "Full week of attendance.",
        "{c} stood up for a smaller child in the queue.",
        "{mum} wrote us a card.",
        "{c} has joined the choir.",
        "{c} is a buddy for a new child, who is from {her} street.",
    ),
    ("teacher", "worry"): (
        "Very tired again. Head on the table by ten.",
        "No reading book for three weeks. {c} says it is 'at Dad's'.",
        "{c} drew a house without doors. I asked about it; {she} said nobody comes.",
        "{c} has outgrown {her} shoes and walks on the backs.",
        "Tears over a small thing, and then over everything.",
        "{c} flinched when I reached past {her} for the glue.",
        "Said {she} had crisps for dinner. Said it as if it were usual.",
        "No glasses since September. {She} sits at the front and guesses.",
        "{c} was rough with a smaller child, which is new.",
    ),
    ("teacher", "strength"): (
        "{c} finished the whole page and asked for another.",
        "Went swimming without holding on.",
        "Best marks in the class for the poem about rain.",
        "{c} taught half the table to fold a frog.",
        "{mum} came to parents' evening, the first time.",
        "{c} read aloud. Quietly, but to the end.",
        "{c} was chosen as captain and picked the last child first.",
    ),
    ("hv", "contact"): (
        "Visit at home. {c} is feeding well and smiles back.",
        "Weigh-in at the clinic. On the line.",
        "Visit. {mum} is feeling better than in spring and says so.",
        "Visit. We looked at sleep. {mum} will try the earlier bath.",
        "Rang {mum}. The rash is gone.",
        "Review done at the children's centre. {c} stacked nine bricks and looked at me for applause.",
        "Visit. Stair gate up, tablets in the high cupboard.",
    ),
    ("hv", "worry"): (
        "A bottle of juice in the cot, and four teeth already brown.",
        "{mum} answered every question with 'fine' and looked at the door.",
        "No cot yet. {c} sleeps on the sofa between cushions.",
        "{c} did not babble once in forty minutes.",
        "Strong smell of cannabis on the landing; the door stood open.",
    ),
    ("hv", "strength"): (
        "{mum} sang to {c} all through the weighing.",
        "Dad came along, and had read the leaflet.",
        "First teeth brushed, by {c} {herself}, more or less.",
        "{mum} goes to the group now and takes a neighbour along.",
    ),
    ("nursery", "worry"): (
        "{c} was brought in yesterday's nappy.",
        "{c} bit a child and then cried harder than the child did.",
        "Collected by three different people this week.",
        "{c} ate four portions at breakfast.",
    ),
    ("nursery", "strength"): (
        "{c} said {her} first three-word sentence: 'more boat please'.",
        "{c} let go of {mum}'s hand at the door and waved.",
        "{c} shared the red digger.",
    ),
    ("police", "worry"): (
        "Reported missing at 22.10, back at 23.00, was at a friend's.",
        "Neighbour called about shouting. All calm when we came. {c} seen in pyjamas on the stairs.",
        "{c} was on the harbour wall with others after dark. Spoken to, taken home.",
    ),
    ("police", "contact"): ("Called in after last week. {mum} made tea. Nothing further.",),
    ("housing", "worry"): (
        "Arrears letter number three. {mum} says she put the others in a drawer.",
        "The lift has been out for nine days and they live on the sixth floor with a pram.",
        "Window in the children's room cannot be locked.",
    ),
    ("housing", "contact"): (
        "Inspection done. Bathroom floor to be replaced in spring.",
        "Rang about the repair. It is done, and {mum} is pleased with it.",
    ),
    ("eh", "contact"): (
        "Third session of the parenting group. {mum} spoke for the first time.",
        "Visit. We made the week's plan on the fridge door, with magnets.",
        "{c} came to the holiday scheme every day.",
        "Went to the food bank with {mum}. She says the first time is the worst.",
    ),
    ("eh", "strength"): (
        "{mum} stuck to bedtime for two weeks.",
        "The family went to the beach together. Their own idea.",
        "{c} cooked pancakes for everybody at the club.",
    ),
    ("gp", "worry"): (
        "Two prescriptions for {c} not collected.",
        "{c} has not been seen here for two years, and there were letters.",
    ),
    ("adults", "contact"): ("Visit to {mum}. Support goes up to ten hours from next week.",),
    ("youth", "contact"): (
        "{c} came to the club and fixed the table-tennis table.",
        "Walked home with {c}. {She} wants to be a diver.",
    ),
    ("youth", "strength"): ("{c} led the warm-up for the younger ones.",),
    ("recovery", "contact"): (
        "Seen as agreed. Four weeks.",
        "Did not come on Tuesday, came on Wednesday by herself.",
    ),
    ("recovery", "strength"): ("Ninety days. She told her mother.",),
}

_EVERY_DAY = "We went through the week day by day: who fetches, who cooks, who is there at night. "
LONG = (
    "Today's visit in full, because there was a lot. First the kitchen: sink clear, two pans on the "
    "stove, a list on the fridge in three hands. Then the hall, the box of shoes, the bicycle "
    f"without a chain. {_EVERY_DAY * 60}"
)

# What a browser, a spreadsheet or a careless template would trip over. All of it is only text.
HOSTILE: Sequence[tuple[str, str]] = (
    ("<script>alert('note')</script> She said this is what her homework was about.", ""),
    (
        "<img src=x onerror=alert(1)> is what the tablet showed, she copied it for me.",
        "<b>Odd.</b>",
    ),
    (
        '=HYPERLINK("http://example.invalid/?x="&A1,"Click here") was pasted into the home-school book.',
        "+1+1, @SUM(A1:A9), -2 as well.",
    ),
    ("'; DROP TABLE notes; -- was on her T-shirt. Her brother is studying computing.", ""),
    (
        "قالت الأم إن كل شيء على ما يرام وإن الأطفال بخير. Then in English: all is well.",
        "שלום, and a right-to-left mark \u202e here.",
    ),
    ("Family drew themselves: 👩🏾‍👧🏽‍👦🏿 🏳️‍🌈 🐕‍🦺, with the flag 🏴󠁧󠁢󠁷󠁬󠁳󠁿 on the roof.", "🙂"),
    (LONG[:5000].strip(), LONG[:3000].strip()),
    (
        "A" * 300 + " was all the message said.",
        "Z\u0351\u036b\u0343a\u0363\u0369l\u0364g\u0308o\u030b.",
    ),
    ("{{ 7 * 7 }} ${7*7} <%= 7*7 %> %s %(name)s {c!r} \\u0000 &lt;b&gt; &amp;", ""),
    ("Line one\nLine two\n\n\n\nLine seven\ttabbed   spaced", "\u200bzero width\u200b"),
)
