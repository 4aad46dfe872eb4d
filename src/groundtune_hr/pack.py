"""What the pack tells the core."""

from __future__ import annotations

from pathlib import Path

from groundtune.packs import Pack, Sample

HERE = Path(__file__).parent
SAMPLE = HERE / "sample"


def pack() -> Pack:
    return Pack(
        name="hr",
        title={"en": "Human resources", "ko": "인사"},
        binding_notice={
            "en": "For a binding answer, ask the HR team.",
            "ko": "구속력 있는 답변이 필요하면 인사팀에 문의하십시오.",
        },
        synonyms=HERE / "synonyms.txt",
        sample=Sample(
            documents=SAMPLE / "handbook",
            tasks=SAMPLE,
            answer_task="policy-questions",
            classify_task="job-families",
            answer_examples="examples.jsonl",
            labelled=SAMPLE / "resumes.jsonl",
            questions={
                "ko": "올해 못 쓴 연차는 언제까지 이월해서 쓸 수 있나요?",
                "en": "How many days of notice do I have to give before I resign?",
                "unanswered": "Does the company pay for pet insurance?",
            },
        ),
    )
