"""Question cases drafted from the documents, marked until a person has checked them.

drafts       what a draft is, and where it comes from
values       amounts, dates and times in a sentence, how each is asked for, and how else it is written
korean       a Korean sentence to a question
english      an English sentence to a question
tables       rows of tables and labelled lines to questions
definitions  “X means Y” to a question
by_chat      questions that a chat model drafts
unanswered   questions that come near the documents and that they don't answer
checks       what a draft must stand before it is kept
make         documents to drafts, the same from the same seed
review       a person accepts, edits or rejects
"""
