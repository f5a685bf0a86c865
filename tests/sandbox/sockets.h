// Finds a server's own connections among this process's descriptors, to break or end them: the HTTP library keeps them
// to itself. Linux only (/proc/self/fd).
#pragma once

namespace mailmgr::sandbox {

// The connection between `local_port` here and `remote_port` at the client; -1 if it is gone.
int find_connection(int local_port, int remote_port);

// Ends it with a reset, so that the client sees a broken connection rather than an end.
void reset_connection(int descriptor);

// Orderly end of what is sent; what was written still arrives.
void end_connection(int descriptor);

// Ends every connection that arrived at `local_port`.
void end_connections(int local_port);

}  // namespace mailmgr::sandbox
