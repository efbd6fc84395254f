/* This build starts no program. */
#include "memprof/io/filter.h"

#include <errno.h>

int filter_run(const struct filter *filter, struct filter_result *ret)
{
	(void)filter;
	*ret = (struct filter_result){ .exit_code = 0 };
	return -ENOSYS;
}

void filter_result_deinit(struct filter_result *result)
{
	strbuf_deinit(&result->output);
	strbuf_deinit(&result->messages);
}
