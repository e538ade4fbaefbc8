"""Lists of names by ethnic group, written for this project: common names, no real person meant."""

from __future__ import annotations

import numpy as np
import polars as pl

from dyadlink.synthetic.randomness import Floats

GIRLS = {
    "white": """Olivia Amelia Isla Ava Ivy Freya Lily Florence Mia Willow Rosie Sophia Isabella Grace Daisy Sienna
    Poppy Elsie Emily Ella Evelyn Phoebe Evie Charlotte Harper Millie Matilda Maya Sophie Alice Emilia
    Isabelle Ruby Luna Maisie Aria Penelope Mila Bonnie Eva Hallie Eliza Ada Violet Esme Arabella Imogen
    Jessica Delilah Chloe Rose Orla Robyn Margot Lottie Erin Nancy Thea Darcie Lucy Hannah Molly Bella
    Beatrice Harriet Heidi Lola Zara Martha Edith Clara Summer Lyra Nellie Megan Seren Ffion""",
    "black": """Amara Zuri Nia Ayana Imani Adaeze Chioma Ngozi Ifeoma Abena Akua Ama Esi Efua Folake Temitope
    Yetunde Simisola Zainab Fatou Aminata Mariama Makena Wanjiru Thandiwe Naledi Tendai Rutendo Blessing
    Precious Gloria Destiny Naomi Keziah""",
    "asian": """Aisha Fatima Zara Maryam Ayesha Khadija Hafsa Inaya Anaya Aanya Diya Isha Kavya Meera Priya Riya
    Saanvi Simran Jasleen Harleen Navya Tara Sana Noor Zoya Iqra Sumaiya Nusrat Tahmina Lamia Mahira
    Eshal Amna Rabia""",
    "other": """Layla Leila Yasmin Nour Hana Lina Salma Dunya Shirin Parisa Roya Nazanin Zahra Mei Xinyi Yuxin Jing
    Linh Thu Mai Camila Valentina Luciana Sofia Gabriela Beatriz Rania Huda Samira Jana Dalia Nadia Aya
    Malak""",
}
BOYS = {
    "white": """Noah Oliver George Arthur Muhammad Leo Harry Oscar Archie Henry Theodore Freddie Jack Charlie Theo
    Alfie Jacob Thomas Finley Arlo William Lucas Roman Tommy Isaac Teddy Alexander Luca Edward James
    Joshua Albie Elijah Max Mohammed Reuben Mason Sebastian Rory Jude Benjamin Ethan Adam Hugo Joseph
    Daniel Hunter Louie Harrison Ronnie Toby Caleb Rowan Ezra Jasper Elliot Samuel Dylan Reggie Logan
    Zachary Michael Stanley Felix Albert Frankie Jesse David Gabriel Bobby Ralph Jackson Liam Otis Rhys
    Osian Macsen""",
    "black": """Kofi Kwame Kwabena Yaw Ebo Chidi Emeka Obinna Ikenna Uche Tunde Femi Segun Ayodele Babatunde Malik
    Jabari Kamau Otieno Tendai Tafara Sipho Thabo Lamin Modou Ousmane Ibrahim Elijah Josiah Isaiah
    Malachi Tyrell Jermaine Marcus""",
    "asian": """Muhammad Ibrahim Yusuf Ali Hamza Zayn Ayaan Rayyan Bilal Umar Hassan Hussain Musa Idris Arjun Aarav
    Vihaan Rohan Krish Dev Kabir Arnav Ishaan Gurdeep Harjit Jaspreet Tariq Imran Faisal Rakib Tanvir
    Sabbir Zakir Fahim""",
    "other": """Omar Karim Amir Reza Darius Cyrus Navid Kian Zain Samir Tarek Ziad Wei Haoran Yichen Minh Quang Tuan
    Mateo Santiago Thiago Diego Rafael Adem Emir Kerem Yasin Bilel Walid Nabil Rami Sami Elias Youssef""",
}
SURNAMES = {
    "white": """Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White
    Roberts Green Hall Wood Jackson Clarke Harris Clark Turner Hill Cooper Ward Morris Moore Baker King
    Harrison Watson Allen Young Hughes Edwards Parker Lewis Martin Bennett Cook Shaw Griffiths Carter
    Kelly Richardson Bailey Collins Bell Cox Murphy Miller Marshall Simpson Price Anderson Adams
    Wilkinson Foster Ellis Murray Chapman Mason Gray Rogers Webb Palmer Hunt Mills Holmes Campbell
    Barnes Knight Matthews Barker Powell Stevens Butler Russell Fisher Pearson Dixon Fletcher Harvey
    Graham Reynolds Gibson Fox Andrews Elliott Ford Payne Lloyd Day Hart Ryan Ross West Lawrence Dunn
    Cole Walsh Burton Spencer Stone Booth Owen Wallace Hayes Hamilton Lawson Armstrong Perry Rees Brooks
    Atkinson Hudson Sutton Barrett Gregory Carr Francis Newman Bradley Berry Watts Nicholson Long Lowe
    Porter Jenkins Kowalski Nowak Novak Popescu Ionescu Rossi Horvath Byrne Doyle Gallagher Sinclair
    Burgess Osborne Whittaker Nash Pritchard Vaughan Bowen""",
    "black": """Mensah Owusu Boateng Asante Appiah Osei Agyeman Addo Ofori Amoah Okafor Adeyemi Okonkwo Eze Nwosu
    Obi Okoro Balogun Adebayo Ogunleye Afolabi Bello Lawal Ibrahim Mohamed Abdi Hassan Warsame Farah Ali
    Osman Jallow Ceesay Bah Diallo Kamara Sesay Conteh Koroma Bangura Moyo Ndlovu Sibanda Ncube Dube
    Banda Phiri Mwangi Otieno Tesfaye Bekele Haile Campbell Williams Brown Clarke Thompson Grant Francis
    Bailey Gordon Reid Stewart Henry""",
    "asian": """Khan Ahmed Ali Hussain Begum Patel Singh Kaur Shah Malik Mahmood Iqbal Akhtar Bibi Rahman Miah Uddin
    Hoque Chowdhury Islam Choudhury Mirza Sheikh Qureshi Butt Raja Chaudhry Aslam Javed Nawaz Rashid
    Saleem Siddiqui Ansari Sharma Gupta Mehta Desai Joshi Parmar Solanki Chauhan Mistry Nair Menon
    Pillai Reddy Rao Iyer Das Roy Sen Ghosh Banerjee Gill Dhillon Sandhu Sidhu Bains Grewal Fernando
    Perera Silva Thapa Gurung""",
    "other": """Chen Wang Li Zhang Liu Huang Wu Zhou Xu Lin Wong Chan Cheung Lam Leung Nguyen Tran Le Pham Hoang Kim
    Park Lee Tanaka Santos Reyes Cruz Garcia Ramos Silva Costa Oliveira Pereira Ferreira Rodriguez
    Hosseini Karimi Ahmadi Rahimi Mohammadi Rezaei Haddad Khoury Mansour Saleh Hamdan Nasser Aziz Kurdi
    Demir Yilmaz Kaya Celik Sahin Aydin Ozturk Rashid Barzani Jabbar Farouk Mahmoud Ibrahim Said Amin
    Sultani Noori""",
}
VARIANTS = {
    "Mohammed": "Muhammad",
    "Muhammad": "Mohammed",
    "Sophia": "Sofia",
    "Sofia": "Sophia",
    "Isabelle": "Isabel",
    "Isabella": "Izabella",
    "Lily": "Lilly",
    "Freya": "Freyja",
    "Theodore": "Theo",
    "Theo": "Theodore",
    "Freddie": "Frederick",
    "Alfie": "Alfred",
    "Archie": "Archibald",
    "Charlie": "Charles",
    "Teddy": "Edward",
    "Tommy": "Thomas",
    "Evie": "Eve",
    "Millie": "Amelia",
    "Ellie": "Eleanor",
    "Maisie": "Margaret",
    "Aisha": "Ayesha",
    "Ayesha": "Aisha",
    "Zara": "Zahra",
    "Zahra": "Zara",
    "Maryam": "Mariam",
    "Yusuf": "Yousef",
    "Hassan": "Hasan",
    "Hussain": "Hussein",
    "Ibrahim": "Ebrahim",
    "Zachary": "Zac",
    "Layla": "Leila",
    "Leila": "Layla",
}
FALL_OFF = 12.0
"""Names get rarer along a list: the weight of place k is 1 / (k + FALL_OFF)."""


def _listed(names: str, u: Floats) -> pl.Series:
    words = names.split()
    bounds = np.cumsum(1 / (np.arange(len(words)) + FALL_OFF))
    place = np.searchsorted(bounds / bounds[-1], u, side="right")
    return pl.Series(values=words, dtype=pl.String).gather(np.minimum(place, len(words) - 1))


def _by_group(group: pl.Series, lists: dict[str, str], u: Floats) -> pl.Series:
    drawn = pl.DataFrame({"group": group, **{name: _listed(words, u) for name, words in lists.items()}})
    chosen = pl.coalesce(pl.when(pl.col("group") == name).then(pl.col(name)) for name in lists)
    return drawn.select(chosen.alias("name")).to_series()


def mixed_group(group: pl.Series, u: Floats) -> pl.Series:
    """Return the group whose names a person bears: people of mixed group bear white or black names."""
    frame = pl.DataFrame({"group": group, "u": u})
    other = pl.when(pl.col("u") < 0.55).then(pl.lit("white")).otherwise(pl.lit("black"))
    named = pl.when(pl.col("group") == "mixed").then(other).otherwise("group")
    return frame.select(named.alias("group")).to_series()


def given_names(group: pl.Series, sex: pl.Series, u: Floats) -> pl.Series:
    """Return a given name for each person by group and sex (1 male, 2 female)."""
    both = pl.DataFrame({"sex": sex, "boy": _by_group(group, BOYS, u), "girl": _by_group(group, GIRLS, u)})
    return both.select(pl.when(pl.col("sex") == 1).then("boy").otherwise("girl").alias("name")).to_series()


def surnames(group: pl.Series, u: Floats) -> pl.Series:
    """Return a surname for each person by group."""
    return _by_group(group, SURNAMES, u)
