/* One dump of a log, as it is compared with another one. */
#pragma once

#include "memprof/input/log_reader.h"
#include "memprof/model/heap.h"
#include "memprof/protocol/decoder.h"

struct log_dump {
	struct heap heap;
	const char *format;       /* the decoder's name */
	uint64_t n_dump, n_dumps; /* its number, from 1, NOT_KNOWN: there is none; of how many */
	bool is_moment;           /* of a recording, which was chosen: the others are not known */
	bool is_cut;              /* it is the one that was wanted */
	char time[EVENT_TIME_BYTES], label[EVENT_LABEL_BYTES];
	/* private: while it is read */
	uint64_t n_wanted, n_last_cut;
};

void log_dump_init(struct log_dump *d);
/* n_wanted: its number; NOT_KNOWN: the last whole one. 0; negative after notices; -ENODATA without one: the log has
 * no dump at all. */
int log_dump_read(struct log_dump *d, const char *name, uint64_t n_wanted, const struct log_format *format,
		  const struct notice_sink *notices);
void log_dump_deinit(struct log_dump *d); /* safe twice */
