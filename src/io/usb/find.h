#pragma once

#include "usb/list.h"

/* The only item that matches a name; *ret points into items. 0; -EINVAL for an invalid name, or several matches, listed
 * in diag; -ENOENT, with the devices present; -ENOTTY for a device without that channel. A boot loader (usb_ids.h) is
 * only found by its ids or its plug. */
int usb_find(const struct usb_item *items, size_t n, const char *uri, const struct usb_item **ret, struct diag *diag);
