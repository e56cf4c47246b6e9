{% macro instant(column) %}
case
    when {{ column }} ~ '^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$'
        then to_timestamp({{ column }}, 'YYYY-MM-DD HH24:MI:SS')
end
{% endmacro %}

{% macro passed(column) %}
{{ column }} in ('Completed', 'Completed (achieved pass grade)', 'Completed (set by Dora Docente)')
{% endmacro %}
