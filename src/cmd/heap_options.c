/* --need and --culprits, of all commands that report heaps. */
#include "heap_options.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/cli/message.h"

/* "307200", "300K", "picovector:300K". */
static int read_need(const char *text, struct report_options *ret)
{
	const char *colon = strrchr(text, ':');
	size_t i = ret->n_needs, n_name = colon ? (size_t)(colon - text) : 0;
	uint64_t size_bytes;

	if (number_parse_size(colon ? colon + 1 : text, &size_bytes) < 0 || size_bytes == 0 ||
	    size_bytes > UINT64_C(1) << 40) {
		message_error("--need takes a size such as 4096, 0x1000, 16K or 1.5M, or POOL:SIZE, not '%s'", text);
		return -EINVAL;
	}
	if (colon && (n_name == 0 || n_name >= sizeof(ret->need_pools[i]))) {
		message_error("--need %s: the name of a pool has 1 to %zu characters", text,
			      sizeof(ret->need_pools[i]) - 1);
		return -EINVAL;
	}
	memcpy(ret->need_pools[i], text, n_name);
	ret->needs[i] = size_bytes;
	ret->n_needs++;
	return 0;
}

int report_options_read(const struct heap_args *args, struct report_options *ret)
{
	*ret = (struct report_options){ .n_culprits = (size_t)MIN(args->culprits, (uint64_t)REPORT_CULPRITS_MAX) };
	for (size_t i = 0; i < args->needs.n; i++)
		if (read_need(args->needs.all[i], ret) < 0)
			return -EINVAL;
	return 0;
}
