"""The one GraphQL question that answers nearly all, and how it is asked of a server that does not know every part of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

# Field by field: https://docs.github.com/en/graphql/reference/objects#pullrequest
_QUERY: Final = """
query Gate($owner:String!,$name:String!,$number:Int!,$config:String!,$merge:GitObjectID,$withMerge:Boolean!,
  $reviewsAfter:String,$threadsAfter:String,$contextsAfter:String,$rulesAfter:String){
  repository(owner:$owner,name:$name){
    nameWithOwner databaseId
    merge:object(oid:$merge)@include(if:$withMerge){__typename ...on Commit{oid parents(first:10){nodes{oid}}}}
    pullRequest(number:$number){
      number url state isDraft mergeable mergeStateStatus reviewDecision isCrossRepository changedFiles
      author{__typename login} headRefName headRefOid baseRefName baseRefOid mergeCommit{oid}
      latestOpinionatedReviews(first:100,after:$reviewsAfter,writersOnly:false){
        pageInfo{hasNextPage endCursor} nodes{state authorCanPushToRepository author{__typename login} commit{oid}}}
      reviewThreads(first:100,after:$threadsAfter){pageInfo{hasNextPage endCursor} nodes{isResolved}}
      files(first:100){pageInfo{hasNextPage endCursor} nodes{path changeType}}
      head:commits(last:1){nodes{commit{oid <configAtHead>
        statusCheckRollup{contexts(first:100,after:$contextsAfter){pageInfo{hasNextPage endCursor} nodes{__typename
          ...on CheckRun{name status conclusion startedAt detailsUrl isRequired(pullRequestNumber:$number)
            checkSuite{conclusion app{databaseId} workflowRun{databaseId runNumber event workflow{databaseId} <workflowFile>}}}
          ...on StatusContext{context state targetUrl isRequired(pullRequestNumber:$number)}}}}}}}
      <signatures>
      baseRef{target{oid <configAtBase>} <protection> <administration> <rules>}
    }
  }
}
"""
_ENTRY: Final = "file(path:$config){mode object{__typename ...on Blob{byteSize isBinary isTruncated text}}}"
# Parts that an older GitHub Enterprise Server may lack: what stands for them in the query, and the fields and types they need.
_PARTS: Final[Mapping[str, str]] = {
    "configAtHead": _ENTRY,
    "configAtBase": f"...on Commit{{{_ENTRY}}}",
    "workflowFile": "file{path repositoryName repositoryFileUrl}",
    "signatures": "commits(last:100){totalCount nodes{commit{signature{isValid}}}}",
    "protection": """refUpdateRule{requiredApprovingReviewCount requiredStatusCheckContexts
      requiresCodeOwnerReviews requiresSignatures <conversations>}""",
    "conversations": "requiresConversationResolution",
    "administration": "branchProtectionRule{requiresStrictStatusChecks lockBranch requiredDeploymentEnvironments}",
    "rules": """rules(first:100,after:$rulesAfter){pageInfo{hasNextPage endCursor}
      nodes{type repositoryRuleset{name enforcement} parameters{__typename
        ...on RequiredStatusChecksParameters{strictRequiredStatusChecksPolicy requiredStatusChecks{context integrationId}}
        ...on PullRequestParameters{
          requiredApprovingReviewCount requireCodeOwnerReview requireLastPushApproval requiredReviewThreadResolution}
        <requiredWorkflows>}}}""",
    "requiredWorkflows": "...on WorkflowsParameters{workflows{path repositoryId sha}}",
}
_PART_OF: Final[Mapping[str, str]] = {
    "Commit.file": "config",
    "TreeEntry.mode": "config",
    "WorkflowRun.file": "workflowFile",
    "WorkflowRunFile": "workflowFile",
    "Commit.signature": "signatures",
    "GitSignature.isValid": "signatures",
    "Ref.refUpdateRule": "protection",
    "RefUpdateRule.requiresConversationResolution": "conversations",
    "Ref.branchProtectionRule": "administration",
    "BranchProtectionRule": "administration",
    "Ref.rules": "rules",
    "RequiredStatusChecksParameters": "rules",
    "PullRequestParameters": "rules",
    "WorkflowsParameters": "requiredWorkflows",
}
OPTIONAL: Final = frozenset(_PART_OF.values())
# Which lists may go on, by the variable that says where, as a path from the pull request.
PAGED: Final[Mapping[str, tuple[str | int, ...]]] = {
    "reviewsAfter": ("latestOpinionatedReviews",),
    "threadsAfter": ("reviewThreads",),
    "contextsAfter": ("head", "nodes", 0, "commit", "statusCheckRollup", "contexts"),
    "rulesAfter": ("baseRef", "rules"),
}
_UNDEFINED_FIELD: Final = re.compile(r"Field '(\w{1,80})' doesn't exist on type '(\w{1,80})'")
_UNDEFINED_TYPE: Final = re.compile(r"No such type (\w{1,80})")

MERGED_QUERY: Final = """
query Merged($owner:String!,$name:String!,$sha:GitObjectID!){
  repository(owner:$owner,name:$name){object(oid:$sha){__typename ...on Commit{associatedPullRequests(first:100){
    pageInfo{hasNextPage endCursor} nodes{number state mergeCommit{oid} baseRepository{nameWithOwner}}}}}}}
"""
COMMENTS_QUERY: Final = """
query Comments($owner:String!,$name:String!,$number:Int!,$after:String){
  repository(owner:$owner,name:$name){pullRequest(number:$number){comments(first:100,after:$after){
    pageInfo{hasNextPage endCursor} nodes{url viewerDidAuthor body}}}}}
"""


def gate_query(dropped: Collection[str] = ()) -> str:
    """Return the question without the `dropped` parts."""
    text = _QUERY
    for name, part in _PARTS.items():
        left_out = name in dropped or ("config" in dropped and name.startswith("configAt"))
        text = text.replace(f"<{name}>", "" if left_out else part)
    for variable in ("config:String!", "rulesAfter:String"):
        name = variable.partition(":")[0]
        text = text if text.count(f"${name}") > 1 else text.replace(f"${variable},", "").replace(f",${variable}", "")
    return text


def unknown_parts(errors: Iterable[Mapping[str, object]]) -> frozenset[str]:
    """Return the optional parts that a server says it does not know, empty when it says something else."""
    found = {_PART_OF.get(name) for error in errors for name in _undefined(error)}
    return frozenset(part for part in found if part is not None)


def _undefined(error: Mapping[str, object]) -> Sequence[str]:
    message = str(error.get("message", ""))
    field = _UNDEFINED_FIELD.search(message)
    if field:
        return (f"{field[2]}.{field[1]}", field[2])
    kind = _UNDEFINED_TYPE.search(message)
    return (kind[1],) if kind else ()
