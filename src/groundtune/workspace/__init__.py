"""The only place where objects are put together.

opening         a workspace opens what its settings name, when it is first needed
documents       adds and deletes documents, and brings the index up to date
switching       another embedder or analyser: the index beside, measured, and the switch
retrieval       how retrieval cases are put to a search
answer_arms     every approach to an `answer` task
classify_arms   every approach to a `classify` task
curve           the learning curve of a `classify` task
fact_change     edits a copy of the documents, to see how fast each approach learns of it
sample          copies a pack's sample into a workspace
"""

from groundtune.workspace.opening import Workspace

__all__ = ["Workspace"]
