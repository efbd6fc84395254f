/* What all subcommands of history begin with: the repository, a commit, how many of them. */
#include <errno.h>

#include "history/private.h"

int builds_open(const char *ref, struct git *ret)
{
	struct diag diag = { 0 };

	if (git_open(ret, ref, &diag) == 0)
		return 0;
	message_diag(&diag);
	return -EINVAL;
}

int builds_find(const struct git *git, const char *revision, char ret_hash[GIT_HASH_CHARS + 1])
{
	struct diag diag = { 0 };

	if (git_find_commit(git, revision, ret_hash, &diag) == 0)
		return 0;
	message_diag(&diag);
	return -EINVAL;
}

size_t builds_last(const struct history_args *args, size_t n_default)
{
	uint64_t n = args->last == NOT_KNOWN ? n_default : args->last;

	return n == 0 || n > GIT_COMMITS_MAX ? GIT_COMMITS_MAX : (size_t)n;
}
