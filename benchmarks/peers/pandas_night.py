"""The contender «pandas»: read both files whole, clean, compare with yesterday's, append what changed, count.

What a script that grew in a team does well: one place, readable, vectorised; the tables of today and a history of
changed rows go to PostgreSQL by COPY, yesterday's state lies in Parquet beside it.

Run by ``bench.py`` as ``python pandas_night.py URL FOLDER WORK``; prints the figures as JSON.
"""

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import psycopg
from dlt_dbt import FILES, NAMES

PASSED = ["Completed", "Completed (achieved pass grade)", "Completed (set by Dora Docente)"]
ACTIVITIES = {"m1": "M1", "m2": "M2", "m3": "M3", "m4": "M4", "cert": "cert"}
QUESTIONS = ["p01", "p02a", "p02b", "p02c", "p02d", "p07", "p08", "p10"]


def read(folder: Path, name: str) -> pd.DataFrame:
    """A file as a frame of texts."""
    return pd.read_csv(
        folder / FILES[name], dtype=str, keep_default_na=False, names=NAMES[name], header=0, encoding="utf-8-sig"
    )


def instants(texts: pd.Series) -> pd.Series:
    """Instants of local texts; what is none, or lies ahead, is missing."""
    at = pd.to_datetime(texts, format="%Y-%m-%d %H:%M:%S", errors="coerce")
    return at.where(at < pd.Timestamp.now())


def cleaned_learners(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Learners, one a row, and their activities, one a row."""
    learners = raw.drop_duplicates()
    learners = learners[(learners["username"] != "") | (learners["email"] != "")]
    email = learners["email"].str.lower()
    learners = learners.assign(
        account=learners["username"].where(learners["username"] != "", email),
        person=learners["idnumber"].where(learners["idnumber"] != "", email.where(email != "", learners["username"])),
        sex=learners["sex"].map({"Mujer": "mujer", "Hombre": "hombre"}),
    )
    activities = pd.concat(
        learners[["account", column, f"{column}_at"]]
        .set_axis(["account", "state", "at"], axis="columns")
        .assign(activity=name)
        for column, name in ACTIVITIES.items()
    )
    activities["at"] = instants(activities["at"])
    activities["passed"] = activities["state"].isin(PASSED) & activities["at"].notna()
    contradicted = activities.groupby(["account", "activity"])["passed"].transform("nunique") > 1
    activities = activities[~contradicted].drop_duplicates(["account", "activity"])
    return learners.drop_duplicates("account")[["account", "person", "sex", "institution"]], activities


def cleaned_responses(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Responses, one a row, and their answers, one a row."""
    responses = raw.drop_duplicates()
    responses = responses[(responses["token"] != "") | (responses["email"] != "")]
    responses = responses.assign(submitted_at=instants(responses["submitdate"]))
    answers = responses.melt(id_vars="id", value_vars=QUESTIONS, var_name="question")
    contradicted = answers.groupby(["id", "question"])["value"].transform("nunique") > 1
    answers = answers[~contradicted].drop_duplicates(["id", "question"])
    return responses.drop_duplicates("id")[["id", "token", "email", "submitted_at", "p06"]], answers


def changed(now: pd.DataFrame, keys: list[str], yesterday: Path) -> pd.DataFrame:
    """The rows that are not as they were; today's become yesterday's."""
    news = now
    if yesterday.exists():
        before = pd.read_parquet(yesterday)
        columns = [column for column in now.columns if column not in keys]
        both = now.merge(before, on=keys, how="left", suffixes=("", "_before"), indicator=True)
        differs = both["_merge"] == "left_only"
        for column in columns:
            left, right = both[column], both[f"{column}_before"]
            differs |= (left != right) & ~(left.isna() & right.isna())
        news = both.loc[differs, now.columns]
    now.to_parquet(yesterday, index=False)
    return news


def store(connection: psycopg.Connection, name: str, frame: pd.DataFrame, news: pd.DataFrame, at: datetime) -> None:
    """Today's table anew, and its changed rows after the others of the history."""
    columns = ", ".join(f"{column} text" for column in frame.columns)
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute(f"CREATE TABLE {name} ({columns})")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {name}_history ({columns}, changed_at text)")
    for table, rows in ((name, frame), (f"{name}_history", news.assign(changed_at=at.isoformat()))):
        for start in range(0, len(rows), 100_000):
            text = io.StringIO()
            rows.iloc[start : start + 100_000].to_csv(text, index=False, header=False)
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
                copy.write(text.getvalue())


def figures(learners: pd.DataFrame, activities: pd.DataFrame, responses: pd.DataFrame, answers: pd.DataFrame) -> dict:
    """Every figure by its name."""
    passed = activities[activities["passed"]].merge(learners, on="account")
    names = dict(
        zip(ACTIVITIES.values(), ["module/M1", "module/M2", "module/M3", "module/M4", "certified"], strict=True)
    )
    sexes = learners.groupby("person")["sex"].first()
    places = learners.groupby("person")["institution"].first()
    found = {"enrolled": learners["person"].nunique(), "persons": learners["person"].nunique()}
    groups = {"entered": passed} | {name: passed[passed["activity"] == code] for code, name in names.items()}
    groups["certificates"] = groups["certified"]
    for name, rows in groups.items():
        persons = pd.Index(rows["person"].unique())
        found[name] = len(persons)
        for sex, count in sexes.loc[persons].value_counts().items():
            found[f"{name}/sex/{sex}"] = int(count)
        if name == "certified":
            for place, count in places.loc[persons].value_counts().items():
                found[f"{name}/institution/{place}"] = int(count)
    complete = responses[responses["submitted_at"].notna()]
    scores = answers[(answers["question"] == "p01") & (answers["value"] != "") & answers["id"].isin(complete["id"])]
    found["responses"] = len(complete)
    found["mean_p01"] = round(float(scores["value"].str.slice(1).astype(int).mean()), 6)
    return found


def main() -> None:
    """One night."""
    url, folder, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    work.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    learners, activities = cleaned_learners(read(folder, "learner"))
    responses, answers = cleaned_responses(read(folder, "response"))
    tables = {
        "learner": (learners, ["account"]),
        "activity": (activities, ["account", "activity"]),
        "response": (responses, ["id"]),
        "answer": (answers, ["id", "question"]),
    }
    with psycopg.connect(url) as connection:
        for name, (frame, keys) in tables.items():
            store(connection, name, frame, changed(frame, keys, work / f"{name}.parquet"), at)
    print(json.dumps(figures(learners, activities, responses, answers), ensure_ascii=False))


if __name__ == "__main__":
    main()
