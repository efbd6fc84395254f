/* Appends a value to a list of vec.h. 0 or -ENOMEM. */
#ifndef IMAGE_PUSH_H
#define IMAGE_PUSH_H

#include <errno.h>

#include "memprof/base/vec.h"

#define vec_push(owner, list, ...)                                       \
	__extension__({                                                  \
		__typeof__((owner)->list) added_ = vec_add(owner, list); \
		if (added_)                                              \
			*added_ = (__VA_ARGS__);                         \
		added_ ? 0 : -ENOMEM;                                    \
	})

#endif
