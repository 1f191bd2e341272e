/// PostgreSQL: the embedded server ([EmbeddedPostgres]) or somebody else's, the connections to it
/// ([Database]) and its schema ([Migrations]).
@NullMarked
package io.wiregate.control.database;

import org.jspecify.annotations.NullMarked;
