#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "memprof/cli/message.h"
#include "memprof/input/kept.h"
#include "sites/private.h"

int sites_interval_check(uint64_t interval_us, uint64_t least_us)
{
	if (interval_us >= least_us)
		return 0;
	message_error("--interval takes a time from %" PRIu64 "ms where a SCRIPT.py is run", least_us / 1000);
	return -EINVAL;
}

/* ---- saved profiles ---- */

static bool begins_as_json(const struct blob *blob)
{
	size_t i = 0;

	while (i < blob->n_bytes && strchr(" \t\r\n", blob->bytes[i]) && blob->bytes[i])
		i++;
	return i < blob->n_bytes && blob->bytes[i] == '{';
}

bool sites_is_data(const char *path)
{
	struct blob blob = { .bytes = NULL };
	struct diag diag = { 0 };
	const char *suffix = strrchr(path, '.');
	struct stat st;

	if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && S_ISFIFO(st.st_mode)))
		return true;
	if (suffix && (strcmp(suffix, ".py") == 0 || strcmp(suffix, ".json") == 0))
		return strcmp(suffix, ".json") == 0;
	int error = kept_read(path, &blob, &diag);
	bool is_json = error == 0 && begins_as_json(&blob);
	blob_deinit(&blob);
	return is_json || (error < 0 && error != -ENOENT && error != -EISDIR && error != -EACCES);
}

int sites_load(const char *path, struct sites *ret)
{
	struct blob blob = { .bytes = NULL };
	struct diag diag = { 0 };
	int error = kept_read(path, &blob, &diag);

	if (error == 0)
		error = sites_read_json((const char *)blob.bytes, blob.n_bytes, path, ret, &diag);
	blob_deinit(&blob);
	if (error == 0)
		return 0;
	if (diag.text[0])
		message_diag(&diag);
	else
		message_error("out of memory");
	return -EINVAL;
}
