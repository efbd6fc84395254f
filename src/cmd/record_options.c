#include "record_options.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/date.h"
#include "memprof/base/number.h"
#include "memprof/cli/message.h"

int record_options_path(const char *path)
{
	if (path && strcmp(path, "-") != 0)
		return 0;
	message_error(path ? "a recording is a file, and cannot go to standard output; give -o FILE.mprof" :
			     "no file to record into: give -o FILE.mprof");
	return -EINVAL;
}

int record_options_keep(const struct option_list *amounts, struct recording_keep *ret)
{
	*ret = (struct recording_keep){ 0 };
	for (size_t i = 0; i < amounts->n; i++) {
		const char *text = amounts->all[i];
		bool has_unit = strpbrk(text, "smhd") != NULL; /* sizes have capitals */
		bool fine = has_unit ? duration_parse(text, &ret->newest_us) == 0 && ret->newest_us > 0 :
				       number_parse_size(text, &ret->max_bytes) == 0 && ret->max_bytes > 0;
		if (!fine) {
			message_error("--keep takes a time, such as 24h, or a size, such as 500M, not '%s'", text);
			return -EINVAL;
		}
	}
	return 0;
}
