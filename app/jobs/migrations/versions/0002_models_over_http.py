"""models over HTTP

Revision: 0002, after: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

UNFINISHED = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_admin', sa.Boolean(), server_default=sa.false(), nullable=False))

    op.create_table('known_models',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('known', sa.JSON(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_known_models'))
    )
    op.create_table('loaded_models',
    sa.Column('worker', sa.String(length=300), nullable=False),
    sa.Column('model_id', sa.String(length=64), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('unload_asked', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('worker', 'model_id', name=op.f('pk_loaded_models'))
    )
    op.create_table('model_jobs',
    sa.Column('id', sa.String(length=36), nullable=False),
    sa.Column('model_id', sa.String(length=64), nullable=False),
    sa.Column('action', sa.String(length=8), nullable=False),
    sa.Column('lane', sa.String(length=8), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('key_id', sa.String(length=36), nullable=False),
    sa.Column('asked_by', sa.String(length=200), nullable=False),
    sa.Column('accepts_licence', sa.Boolean(), nullable=False),
    sa.Column('done_bytes', sa.BigInteger(), nullable=False),
    sa.Column('total_bytes', sa.BigInteger(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('lease_token', sa.String(length=36), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rung_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('message', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['api_keys.id'], name=op.f('fk_model_jobs_key_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_model_jobs'))
    )
    with op.batch_alter_table('model_jobs', schema=None) as batch_op:
        batch_op.create_index('ix_model_jobs_model', ['model_id', 'created_at'], unique=False)
        batch_op.create_index('ix_model_jobs_state', ['state'], unique=False)
        batch_op.create_index('uq_model_jobs_unfinished', ['model_id'], unique=True, sqlite_where=UNFINISHED, postgresql_where=UNFINISHED)


def downgrade() -> None:
    op.drop_table('model_jobs')
    op.drop_table('loaded_models')
    op.drop_table('known_models')
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.drop_column('is_admin')
