from django.db import migrations, models

import hedgerow.taxonomy.models


def derive(apps, schema_editor):
    for model, fields in (("EventDefinition", ["search_name"]), ("PropertyDefinition", ["search_name", "sort_name"])):
        definitions = apps.get_model("taxonomy", model).objects
        changed = []
        for definition in definitions.only("pk", "name").iterator(chunk_size=2_000):
            definition.search_name = hedgerow.taxonomy.models.lowered(definition.name)
            definition.sort_name = hedgerow.taxonomy.models.own_first(definition.name)
            changed.append(definition)
            if len(changed) == 500:
                definitions.bulk_update(changed, fields)
                changed = []
        definitions.bulk_update(changed, fields)


class Migration(migrations.Migration):

    dependencies = [
        ('taxonomy', '0004_chosen_types_index'),
    ]

    operations = [
        migrations.AddField('eventdefinition', 'search_name', hedgerow.taxonomy.models.DerivedFromName(derive=hedgerow.taxonomy.models.lowered, default=''), preserve_default=False),
        migrations.AddField('propertydefinition', 'search_name', hedgerow.taxonomy.models.DerivedFromName(derive=hedgerow.taxonomy.models.lowered, default=''), preserve_default=False),
        migrations.AddField('propertydefinition', 'sort_name', hedgerow.taxonomy.models.DerivedFromName(derive=hedgerow.taxonomy.models.own_first, default=''), preserve_default=False),
        migrations.RunPython(derive, migrations.RunPython.noop),
    ]
